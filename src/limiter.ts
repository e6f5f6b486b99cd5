/** Limits calls per key within one process, as the Workers binding does. It protects the database; no promise depends on it. */
import type { Limiter } from './deps.ts'

/** The limit that wrangler.toml sets for Workers. */
const MAX_CALLS = 10_000
export const WINDOW_MS = 60_000

/** Counts in fixed windows of one minute. A new window drops all keys, so the map cannot grow without bound. */
export function windowLimiter({ now, calls = MAX_CALLS }: { now: () => number; calls?: number }): Limiter {
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
