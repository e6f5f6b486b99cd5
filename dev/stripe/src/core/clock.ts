/**
 * Stripe's clock: a base that the caller owns, plus what has been advanced on top. It never goes back, and while
 * it is frozen only an explicit advance moves it.
 */
export interface Clock {
  /** The base clock, which the receiver of a webhook shares: signatures and rate limits go by it. */
  baseMs(): number
  nowMs(): number
  /** All that Stripe ever shows of a time: whole seconds. */
  seconds(): number
  jumpTo(ms: number): void
  freeze(frozen: boolean): void
  dump(): ClockState
}

export interface ClockState {
  readonly offsetMs: number
  readonly frozenAtMs: number | null
}

export function createClock(
  base: () => number,
  state: ClockState = { offsetMs: 0, frozenAtMs: null },
): Clock {
  let { offsetMs, frozenAtMs } = state
  const nowMs = () => (frozenAtMs ?? base()) + offsetMs
  return {
    baseMs: base,
    nowMs,
    seconds: () => Math.floor(nowMs() / 1000),
    jumpTo(ms) {
      offsetMs += Math.max(0, ms - nowMs())
    },
    freeze(frozen) {
      if (frozen) frozenAtMs ??= base()
      else if (frozenAtMs !== null) {
        // Whatever passed while frozen is skipped rather than owed: a clock that leapt here would fire timers nobody asked for.
        offsetMs -= base() - frozenAtMs
        frozenAtMs = null
      }
    },
    dump: () => ({ offsetMs, frozenAtMs }),
  }
}
