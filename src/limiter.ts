/** A rate limiter in one process, keyed as the binding of Workers is: it spares the database, it guards no money. */
import type { Limiter } from './deps.ts'

/** As in wrangler.toml. */
export const CALLS = 10_000
export const WINDOW_MS = 60_000

/** Counts in fixed windows of one minute. Each window forgets all keys, so their number is bounded by its calls. */
export function windowLimiter({ now, calls = CALLS }: { now: () => number; calls?: number }): Limiter {
  let counts = new Map<string, number>()
  let window = 0
  return {
    async limit({ key }) {
      const current = Math.floor(now() / WINDOW_MS)
      if (current !== window) [window, counts] = [current, new Map()]
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return { success: count <= calls }
    },
  }
}
