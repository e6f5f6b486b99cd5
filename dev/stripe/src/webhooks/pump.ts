import type { World } from '../core/world.ts'
import { attempt } from './deliver.ts'
import type { Transport } from './transport.ts'

export interface PumpOptions {
  readonly transport: Transport
  /** How many attempts run at once. One at a time keeps the order of arrival the order of sending. */
  readonly concurrency: number
}

interface Pump {
  readonly running: Set<Promise<void>>
  /** Sent whatever the delivery mode says. */
  readonly forced: string[]
  /** Taken from what is due, in the order it will be sent. */
  readonly taken: string[]
  readonly waiting: (() => void)[]
  stopped: boolean
}

const pumps = new WeakMap<World, Pump>()

/** Sends whatever is due now; done when nothing is due and no attempt is under way, whoever started it. */
export function pump(world: World, options: PumpOptions): Promise<void> {
  fill(world, pumpOf(world), options)
  return idle(pumpOf(world))
}

/** Sends exactly these, in this order, held or not. */
export function sendAll(world: World, ids: readonly string[], options: PumpOptions): Promise<void> {
  const state = pumpOf(world)
  state.forced.push(...ids)
  fill(world, state, options)
  return idle(state)
}

/** Starts nothing more, and waits for what is under way. */
export function stopPump(world: World): Promise<void> {
  const state = pumpOf(world)
  state.stopped = true
  return idle(state)
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

/** Starts attempts while there is room; each that ends makes room for the next. */
function fill(world: World, state: Pump, options: PumpOptions): void {
  while (state.running.size < options.concurrency) {
    const id = next(world, state)
    if (id === undefined) break
    const flight: Promise<void> = attempt(world, id, options.transport).finally(() => {
      state.running.delete(flight)
      fill(world, state, options)
    })
    state.running.add(flight)
  }
  if (state.running.size === 0) for (const done of state.waiting.splice(0)) done()
}

function next(world: World, state: Pump): string | undefined {
  if (state.stopped) return undefined
  const forced = state.forced.shift()
  if (forced !== undefined) return forced
  if (world.delivery.hold) {
    for (const id of state.taken.splice(0)) world.due.add(world.clock.nowMs(), id)
    return undefined
  }
  if (state.taken.length === 0) state.taken.push(...takeDue(world))
  return state.taken.shift()
}

function idle(state: Pump): Promise<void> {
  if (state.running.size === 0) return Promise.resolve()
  return new Promise((resolve) => {
    state.waiting.push(resolve)
  })
}

function pumpOf(world: World): Pump {
  const existing = pumps.get(world)
  if (existing !== undefined) return existing
  const fresh: Pump = { running: new Set(), forced: [], taken: [], waiting: [], stopped: false }
  pumps.set(world, fresh)
  return fresh
}
