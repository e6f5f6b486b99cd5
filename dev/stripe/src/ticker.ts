import type { World } from './core/world.ts'

/** Background work of a served simulator: wakes when something is due, and soon after anything happened. */
export interface Ticker {
  readonly stir: () => void
  readonly stop: () => void
}

/** Timers cannot wait for ever; what is due later is looked at again. */
const LONGEST_MS = 60_000

export function createTicker(live: boolean, world: () => World, settle: () => Promise<void>): Ticker {
  if (!live) return { stir() {}, stop() {} }
  let timer: NodeJS.Timeout | undefined
  let wakesAtMs = Infinity
  const stir = () => {
    const atMs = Date.now() + waitMs(world())
    // A timer that rings soon enough is left alone: moved at every request, it would never ring.
    if (atMs >= wakesAtMs) return
    clearTimeout(timer)
    wakesAtMs = atMs
    timer = setTimeout(tick, Math.max(0, atMs - Date.now())).unref()
  }
  const tick = () => {
    wakesAtMs = Infinity
    settle()
      // An attempt records its own failure; what is thrown here is a bug of the simulator's.
      .catch((error: unknown) => console.error(error))
      .finally(stir)
    stir()
  }
  return {
    stir,
    stop() {
      clearTimeout(timer)
      wakesAtMs = -Infinity
    },
  }
}

function waitMs({ agenda, due, delivery, clock }: World): number {
  const nextDelivery = delivery.hold ? undefined : due.nextAtMs()
  const next = Math.min(agenda.nextAtMs() ?? Infinity, nextDelivery ?? Infinity)
  return Math.min(Math.max(0, next - clock.nowMs()), LONGEST_MS)
}
