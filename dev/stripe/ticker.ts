import type { World } from './core/world.ts'

/** Background work of a served simulator: wakes when something is due, and soon after anything happened. */
export interface Ticker {
  stir(): void
  stop(): void
}

/** Timers cannot wait longer than this. */
const LONGEST_MS = 60_000

export function createTicker(live: boolean, world: () => World, settle: () => Promise<void>): Ticker {
  if (!live) return { stir() {}, stop() {} }
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const arm = () => {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(tick, waitMs(world()))
    timer.unref()
  }
  const tick = () => {
    // An attempt records its own failure; what is thrown here is a bug of the simulator's.
    settle().catch((error: unknown) => console.error(error))
    arm()
  }
  return {
    stir: arm,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function waitMs({ agenda, due, delivery, clock }: World): number {
  const next = Math.min(
    agenda.nextAtMs() ?? Infinity,
    (delivery.hold ? undefined : due.nextAtMs()) ?? Infinity,
  )
  return Math.min(Math.max(0, next - clock.nowMs()), LONGEST_MS)
}
