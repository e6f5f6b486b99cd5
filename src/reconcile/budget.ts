/**
 * How much of Stripe the reconciler may use. Stripe's limits are for everything the platform does, and a customer's
 * payment comes before a look at what may have changed.
 */
import type { Gateway } from '../stripe/gateway.ts'

/**
 * A fifth of what a sandbox is allowed (25 a second) and of what each endpoint is in live mode, a twentieth of live
 * mode's 100. https://docs.stripe.com/rate-limits
 */
export const CALLS_PER_SECOND = 5
/** Cloudflare lets one invocation make a thousand requests, those to the database among them. */
export const CALLS_PER_RUN = 200

/** This run may not ask Stripe again; the next goes on. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent'
}

export interface Budget {
  used: () => number
  isSpent: () => boolean
  /** Waits for its turn. @throws BudgetSpent */
  take: () => Promise<void>
}

export function openBudget(world: {
  now: () => number
  sleep: (ms: number) => Promise<void>
  until: number
}): Budget {
  const apart = 1000 / CALLS_PER_SECOND
  let used = 0
  let next = world.now()
  const isSpent = () => used >= CALLS_PER_RUN || world.now() >= world.until
  return {
    used: () => used,
    isSpent,
    async take() {
      if (isSpent()) throw new BudgetSpent('the reconciler has asked Stripe often enough for now')
      used += 1
      const wait = next - world.now()
      next = Math.max(next, world.now()) + apart
      if (wait > 0) await world.sleep(wait)
    },
  }
}

/** The same gateway, each call of which waits for its turn. */
export function paced(stripe: Gateway, budget: Budget): Gateway {
  return new Proxy(stripe, {
    get(target, name: keyof Gateway) {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await budget.take()
        return call(...args)
      }
    },
  })
}
