import { nextDueMs } from './advance-clock.ts'
import type { World } from './core/world.ts'

/** Runs due work on a timer. */
export interface BackgroundWork {
  /** To be called after each change: new work may be due earlier than the timer. */
  readonly wake: () => void
  readonly stop: () => void
}

/** A timer cannot run for ever, so a later due time is checked again after this. */
const MAX_WAIT_MS = 60_000

export function createBackgroundWork(
  live: boolean,
  world: () => World,
  settle: () => Promise<void>,
): BackgroundWork {
  if (!live) return { wake() {}, stop() {} }
  let timer: NodeJS.Timeout | undefined
  let timerAtMs = Infinity
  const wake = () => {
    const atMs = Date.now() + waitMs(world())
    // A timer that is early enough stays. If each request moved it, it would never fire.
    if (atMs >= timerAtMs) return
    clearTimeout(timer)
    timerAtMs = atMs
    timer = setTimeout(run, Math.max(0, atMs - Date.now())).unref()
  }
  const run = () => {
    timerAtMs = Infinity
    settle()
      // A failed delivery attempt is recorded and does not throw, so this is a bug in the simulator.
      .catch((error: unknown) => console.error(error))
      .finally(wake)
    wake()
  }
  return {
    wake,
    stop() {
      clearTimeout(timer)
      timerAtMs = -Infinity
    },
  }
}

function waitMs(world: World): number {
  return Math.min(Math.max(0, nextDueMs(world) - world.clock.nowMs()), MAX_WAIT_MS)
}
