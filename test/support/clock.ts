/** A clock that advances only by `advance` and by `sleep`. */

export interface Clock {
  now: () => number
  advance: (ms: number) => void
  /** Advances the clock, and takes no real time. */
  sleep: (ms: number) => Promise<void>
}

const DEADLINE_MS = 20_000

export function aClock(start = Date.UTC(2026, 10, 23, 9)): Clock {
  let now = start
  const advance = (ms: number) => {
    now += ms
  }
  return {
    now: () => Math.floor(now),
    advance,
    async sleep(ms) {
      // A sleep this long is a timeout, and no call is ever late here.
      if (ms >= DEADLINE_MS) return new Promise(() => {})
      advance(ms)
    },
  }
}
