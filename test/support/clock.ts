/** Time that passes only when it is told to, or when somebody waits. */

export interface Clock {
  now: () => number
  advance: (ms: number) => void
  /** Waiting takes no time but this. */
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
      // Who waits this long waits for something to be late, which nothing is here.
      if (ms >= DEADLINE_MS) return new Promise(() => {})
      advance(ms)
    },
  }
}
