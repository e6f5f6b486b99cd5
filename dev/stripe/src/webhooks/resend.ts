import type { Delivery } from '../core/records.ts'
import { type World, newIdFromFaultRng } from '../core/world.ts'

/**
 * The delivery to send for a manual resend. A resend is an extra copy: the automatic retries go on independently
 * (https://docs.stripe.com/webhooks/process-undelivered-events). A delivery without an attempt so far is sent itself.
 */
export function deliveryToResend(world: World, delivery: Delivery): string {
  if (delivery.state === 'waiting' && delivery.attempts.length === 0) return delivery.id
  return copyDelivery(world, delivery.event, delivery.endpoint)
}

export function copyDelivery(world: World, event: string, endpoint: string): string {
  const id = newIdFromFaultRng(world, world.tables.deliveries, 'dlv', 16)
  const dueMs = world.clock.nowMs()
  const copy: Delivery = { id, event, endpoint, state: 'waiting', dueMs, copy: true, attempts: [] }
  world.tables.deliveries.insert(event, id, copy)
  return id
}
