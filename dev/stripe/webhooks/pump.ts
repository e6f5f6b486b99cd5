import type { World } from '../core/world.ts'
import { attempt, type Deliver } from './deliver.ts'

export interface PumpOptions {
  readonly deliver: Deliver
  /** How many attempts run at once. One at a time keeps the order of arrival the order of sending. */
  readonly concurrency: number
}

const inFlight = new WeakMap<World, Set<Promise<void>>>()

/** Sends whatever is due now and waits for every attempt under way, whoever started it. */
export async function pump(world: World, options: PumpOptions): Promise<void> {
  const running = flights(world)
  for (;;) {
    const batch = world.delivery.hold ? [] : takeDue(world)
    if (batch.length === 0 && running.size === 0) return
    if (batch.length === 0) await Promise.race(running)
    else await sendAll(world, batch, options)
  }
}

/** Sends exactly these, in this order, held or not. */
export async function sendAll(world: World, ids: readonly string[], options: PumpOptions): Promise<void> {
  const running = flights(world)
  for (const id of ids) {
    while (running.size >= options.concurrency) await Promise.race(running)
    const flight: Promise<void> = attempt(world, id, options.deliver).finally(() => running.delete(flight))
    running.add(flight)
  }
  await Promise.all(running)
}

/** Everything that is due now, in the order Stripe would send it or in none. */
export function takeDue(world: World): readonly string[] {
  const batch: string[] = []
  for (;;) {
    const id = world.due.takeDue(world.clock.nowMs())
    if (id === undefined) return world.delivery.shuffle ? world.luck.shuffle(batch) : batch
    batch.push(id)
  }
}

function flights(world: World): Set<Promise<void>> {
  const existing = inFlight.get(world)
  if (existing !== undefined) return existing
  const fresh = new Set<Promise<void>>()
  inFlight.set(world, fresh)
  return fresh
}
