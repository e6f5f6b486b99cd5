import type { World } from '../core/world.ts'
import { attemptDelivery } from './attempt.ts'
import type { Transport } from './transport.ts'

export interface SendOptions {
  readonly transport: Transport
  /** How many attempts run at once. With 1, webhooks arrive in the order of sending. */
  readonly concurrency: number
}

interface Sender {
  readonly running: Set<Promise<void>>
  /** These are sent even while deliveries are held. */
  readonly forced: string[]
  /** Due deliveries in the order of sending. */
  readonly due: string[]
  readonly waiting: (() => void)[]
  stopped: boolean
}

const senders = new WeakMap<World, Sender>()

/** Sends all due webhooks. Resolves when nothing is due and no attempt runs. */
export function sendDue(world: World, options: SendOptions): Promise<void> {
  startAttempts(world, senderOf(world), options)
  return idle(senderOf(world))
}

/** Sends these deliveries in this order, even while deliveries are held. */
export function sendNow(world: World, ids: readonly string[], options: SendOptions): Promise<void> {
  const sender = senderOf(world)
  sender.forced.push(...ids)
  startAttempts(world, sender, options)
  return idle(sender)
}

/** Starts no more attempts, and waits for the running ones. */
export function stopSending(world: World): Promise<void> {
  const sender = senderOf(world)
  sender.stopped = true
  return idle(sender)
}

/** Takes all due deliveries, in the order of their due times or shuffled. */
export function takeDue(world: World): readonly string[] {
  const batch: string[] = []
  for (;;) {
    const id = world.deliveryQueue.takeDue(world.clock.nowMs())
    if (id === undefined) return world.delivery.shuffle ? world.faultRng.shuffle(batch) : batch
    batch.push(id)
  }
}

/** Starts attempts up to the concurrency limit. Each attempt that ends starts the next. */
function startAttempts(world: World, sender: Sender, options: SendOptions): void {
  while (sender.running.size < options.concurrency) {
    const id = next(world, sender)
    if (id === undefined) break
    const running: Promise<void> = attemptDelivery(world, id, options.transport).finally(() => {
      sender.running.delete(running)
      startAttempts(world, sender, options)
    })
    sender.running.add(running)
  }
  if (sender.running.size === 0) for (const done of sender.waiting.splice(0)) done()
}

function next(world: World, sender: Sender): string | undefined {
  if (sender.stopped) return undefined
  const forced = sender.forced.shift()
  if (forced !== undefined) return forced
  if (world.delivery.hold) {
    for (const id of sender.due.splice(0)) world.deliveryQueue.add(world.clock.nowMs(), id)
    return undefined
  }
  if (sender.due.length === 0) sender.due.push(...takeDue(world))
  return sender.due.shift()
}

function idle(sender: Sender): Promise<void> {
  if (sender.running.size === 0) return Promise.resolve()
  return new Promise((resolve) => {
    sender.waiting.push(resolve)
  })
}

function senderOf(world: World): Sender {
  const existing = senders.get(world)
  if (existing !== undefined) return existing
  const fresh: Sender = { running: new Set(), forced: [], due: [], waiting: [], stopped: false }
  senders.set(world, fresh)
  return fresh
}
