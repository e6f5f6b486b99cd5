import type Stripe from 'stripe'
import { luckyId, type World } from '../core/world.ts'
import type { Delivery } from './delivery.ts'
import type { EndpointRecord } from './endpoint-record.ts'

/** Owes an event to every enabled endpoint of its kind that subscribed to it. */
export function scheduleDelivery(world: World, event: Stripe.Event): void {
  for (const record of world.tables.endpoints.values()) {
    if (!wants(record, event)) continue
    owe(world, event, record.endpoint.id, false)
    if (!misbehaves(world, event.type) || !world.luck.chance(world.delivery.duplicate)) continue
    const copies = world.luck.int(1, Math.max(1, world.delivery.copies))
    for (let i = 0; i < copies; i++) owe(world, event, record.endpoint.id, true)
  }
}

/** Whether the delivery mode's mischief touches events of this type. */
export function misbehaves({ delivery }: World, type: string): boolean {
  return delivery.types === null || delivery.types.includes(type)
}

function owe(world: World, event: Stripe.Event, endpoint: string, copy: boolean): void {
  const dueMs = world.clock.nowMs() + delayMs(world)
  const id = luckyId(world, world.tables.deliveries, 'dlv', 16)
  const delivery: Delivery = { id, event: event.id, endpoint, state: 'waiting', dueMs, copy, attempts: [] }
  world.tables.deliveries.insert(event.id, id, delivery)
  world.due.add(dueMs, id)
}

function delayMs({ delivery, luck }: World): number {
  const { delay_ms: delay } = delivery
  return typeof delay === 'number' ? delay : luck.int(delay[0], delay[1])
}

function wants({ endpoint, connect }: EndpointRecord, event: Stripe.Event): boolean {
  return (
    endpoint.status === 'enabled' &&
    connect === (event.account !== undefined) &&
    (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(event.type))
  )
}
