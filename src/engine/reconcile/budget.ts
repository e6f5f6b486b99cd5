/**
 * How much of Stripe the reconciler may use. Stripe's limits are for everything the platform does, and a customer's
 * payment comes before a look at what may have changed.
 */
import type { Gateway } from '../../stripe/gateway.ts'
import { BudgetSpent, troubleOf, type Trouble } from './failure.ts'

/**
 * A fifth of what a sandbox is allowed (25 a second) and of what each endpoint is in live mode, a twentieth of live
 * mode's 100. https://docs.stripe.com/rate-limits
 */
export const CALLS_PER_SECOND = 5
/**
 * Cloudflare lets one invocation make a thousand requests, those to the database among them. bench/README.md says for how
 * many accounts this is enough.
 */
export const CALLS_PER_RUN = 200
/** One thing may be in trouble alone, for ever even. So many in a row, and it is Stripe, or our key. */
const TROUBLES = 3

export interface Budget {
  used: () => number
  isSpent: () => boolean
  /** Waits for its turn. @throws BudgetSpent */
  take: () => Promise<void>
  /** What a call came to. */
  note: (trouble: Trouble | null) => void
  /** The trouble that a call met with, the last of several; null: none. */
  trouble: () => Trouble | null
}

export function openBudget(world: {
  now: () => number
  sleep: (ms: number) => Promise<void>
  until: number
}): Budget {
  const apart = 1000 / CALLS_PER_SECOND
  let [used, troubles] = [0, 0]
  let trouble: Trouble | null = null
  let next = world.now()
  const isSpent = () => used >= CALLS_PER_RUN || world.now() >= world.until
  return {
    used: () => used,
    isSpent,
    async take() {
      if (trouble !== null && troubles >= TROUBLES) throw new BudgetSpent(trouble)
      if (isSpent()) throw new BudgetSpent('budget')
      used += 1
      const wait = next - world.now()
      next = Math.max(next, world.now()) + apart
      if (wait > 0) await world.sleep(wait)
    },
    note(met) {
      trouble = met ?? trouble
      troubles = met === null ? 0 : troubles + 1
    },
    trouble: () => trouble,
  }
}

/** The same gateway, each call of which waits for its turn, and none is made any more once Stripe is in trouble. */
export function rateLimited(stripe: Gateway, budget: Budget): Gateway {
  return new Proxy(stripe, {
    get(target, name: keyof Gateway) {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await budget.take()
        try {
          const answer = await call(...args)
          budget.note(null)
          return answer
        } catch (error) {
          budget.note(troubleOf(error))
          throw error
        }
      }
    },
  })
}
