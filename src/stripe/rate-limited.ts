/** Limits the rate of calls to Stripe, and retries when Stripe is busy or unavailable. For commands, not for requests. */
import { failedCall } from './errors.ts'

export interface RateLimitDeps {
  now: () => number
  sleep: (ms: number) => Promise<void>
  random: () => number
}

const TRIES = 6

/** The same call, started at most `perSecond` times a second, retries included. */
export function rateLimited<A extends unknown[], T>(
  deps: RateLimitDeps,
  perSecond: number,
  call: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let next = 0
  const waitForTurn = async () => {
    const now = deps.now()
    const at = Math.max(now, next)
    next = at + 1000 / perSecond
    if (at > now) await deps.sleep(at - now)
  }
  return async (...args) => {
    for (let attempt = 1; ; attempt += 1) {
      // oxlint-disable no-await-in-loop
      await waitForTurn()
      try {
        return await call(...args)
      } catch (error) {
        const pause = pauseMs(error, attempt)
        if (pause === null || attempt === TRIES) throw error
        await deps.sleep(pause * (1 + deps.random()))
      }
      // oxlint-enable no-await-in-loop
    }
  }
}

/** Null: a retry would not help. */
function pauseMs(error: unknown, attempt: number): number | null {
  const failure = failedCall(error)?.failure
  if (failure?.kind === 'rate_limited') return failure.retryAfterS * 1000
  return failure?.kind === 'unavailable' ? 500 * 2 ** attempt : null
}
