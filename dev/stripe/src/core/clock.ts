/** Stripe's clock: the caller's base clock plus an offset. It never goes back. While frozen, only `jumpTo` moves it. */
export interface Clock {
  /** The base clock, which webhook receivers share. Signatures and rate limits use it. */
  baseMs(): number
  nowMs(): number
  /** Stripe shows times in whole seconds only. */
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
        // Time goes on from the frozen moment: a jump to the real time would fire timers unexpectedly.
        offsetMs -= base() - frozenAtMs
        frozenAtMs = null
      }
    },
    dump: () => ({ offsetMs, frozenAtMs }),
  }
}
