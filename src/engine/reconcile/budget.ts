/**
 * How much of Stripe one run of the reconciler may use. Stripe's rate limits count every call of the platform, and customers'
 * payments come first.
 */
import { StorageUnavailable } from '../../store/database.ts'
import { failedCall } from '../../stripe/errors.ts'
import type { Gateway } from '../../stripe/gateway.ts'

/**
 * A fifth of a sandbox's limit (25 a second) and of each endpoint's limit in live mode; a twentieth of live mode's 100.
 * https://docs.stripe.com/rate-limits
 */
export const CALLS_PER_SECOND = 5
/**
 * Cloudflare lets one invocation make a thousand requests, those to the database among them. bench/README.md says for how
 * many accounts this is enough.
 */
export const CALLS_PER_RUN = 200
/** One account alone may fail for ever. This many failures in a row mean that Stripe or our key fails. */
const FAILURES_IN_A_ROW = 3

/** A failure that may concern every call, or one account alone. Only more calls tell. */
export type Trouble = 'unavailable' | 'rate_limited' | 'misconfigured'

/** Null: the failure concerns one object alone. */
export function troubleOf(error: unknown): Trouble | null {
  const kind = failedCall(error)?.failure.kind
  return kind === 'unavailable' || kind === 'rate_limited' || kind === 'misconfigured' ? kind : null
}

/** This run may make no more calls to Stripe; the next run continues. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent'
  readonly why: Trouble | 'budget'
  constructor(why: Trouble | 'budget') {
    super(`the reconciler makes no more calls to Stripe in this run: ${why}`)
    this.why = why
  }
}

/** Whether the next item would fail as well, so that the run ends. */
export function endsTheRun(error: unknown): boolean {
  return error instanceof BudgetSpent || error instanceof StorageUnavailable
}

export interface Budget {
  used: () => number
  /** Waits until the next call may start. @throws BudgetSpent */
  take: () => Promise<void>
  /** Reports the end of a call. `trouble` null: Stripe answered, or the failure concerns one object alone. */
  report: (trouble: Trouble | null) => void
  /** The last trouble of the run; null: there was none. */
  trouble: () => Trouble | null
}

export function openBudget(world: {
  now: () => number
  sleep: (ms: number) => Promise<void>
  until: number
}): Budget {
  const apart = 1000 / CALLS_PER_SECOND
  let [used, inARow] = [0, 0]
  let lastTrouble: Trouble | null = null
  let next = world.now()
  return {
    used: () => used,
    async take() {
      if (lastTrouble !== null && inARow >= FAILURES_IN_A_ROW) throw new BudgetSpent(lastTrouble)
      if (used >= CALLS_PER_RUN || world.now() >= world.until) throw new BudgetSpent('budget')
      used += 1
      const wait = next - world.now()
      next = Math.max(next, world.now()) + apart
      if (wait > 0) await world.sleep(wait)
    },
    report(trouble) {
      lastTrouble = trouble ?? lastTrouble
      inARow = trouble === null ? 0 : inARow + 1
    },
    trouble: () => lastTrouble,
  }
}

/** The same gateway; each of its calls takes from the budget first. @throws BudgetSpent, from each call */
export function withinBudget(stripe: Gateway, budget: Budget): Gateway {
  return new Proxy(stripe, {
    get(target, name: keyof Gateway) {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await budget.take()
        try {
          const answer = await call(...args)
          budget.report(null)
          return answer
        } catch (error) {
          budget.report(troubleOf(error))
          throw error
        }
      }
    },
  })
}
