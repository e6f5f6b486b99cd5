import type Stripe from 'stripe'
import type { Delivery, EndpointRecord } from '../core/records.ts'
import { API_VERSION, type World, newId, newIdFromFaultRng } from '../core/world.ts'

export interface EventInput {
  readonly type: Stripe.Event['type']
  /** The account that owns the object: a connected account or the platform. */
  readonly owner: string
  readonly object: object
  readonly previous?: object | undefined
}

/** Stores an event and schedules its deliveries. The event keeps the object in its current version. */
export function emit(world: World, input: EventInput): void {
  const { owner } = input
  // Stripe sends no events about an account that has disconnected from the platform.
  if (owner !== world.platform.account && world.tables.accounts.get(owner)?.connected !== true) return
  scheduleDeliveries(world, storeEvent(world, input, newId(world, 'evt')))
  // Stripe documents two kinds of duplicate. This kind is a second event for the same change.
  if (faultsApplyTo(world, input.type) && world.faultRng.chance(world.delivery.sibling)) {
    scheduleDeliveries(
      world,
      storeEvent(world, input, newIdFromFaultRng(world, world.tables.events, 'evt', 24)),
    )
  }
}

function storeEvent(world: World, { type, owner, object, previous }: EventInput, id: string): Stripe.Event {
  const event = {
    id,
    object: 'event',
    ...(owner === world.platform.account ? {} : { account: owner }),
    api_version: API_VERSION,
    created: world.clock.seconds(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 0,
    request: world.currentRequest,
    type,
  }
  // stripe-node's union ties each event type to its object type. Every caller passes a matching pair.
  return world.tables.events.insert(owner, event.id, event as Stripe.Event)
}

/** Schedules a delivery, and injected duplicates, to each endpoint that is subscribed to the event. */
function scheduleDeliveries(world: World, event: Stripe.Event): void {
  for (const record of world.tables.endpoints.values()) {
    if (!isSubscribed(record, event)) continue
    addDelivery(world, event, record.endpoint.id, false)
    if (!faultsApplyTo(world, event.type) || !world.faultRng.chance(world.delivery.duplicate)) continue
    const copies = world.faultRng.int(1, Math.max(1, world.delivery.copies))
    for (let i = 0; i < copies; i++) addDelivery(world, event, record.endpoint.id, true)
  }
}

/** Whether delivery faults apply to events of this type. */
export function faultsApplyTo({ delivery }: World, type: string): boolean {
  return delivery.types === null || delivery.types.includes(type)
}

function addDelivery(world: World, event: Stripe.Event, endpoint: string, copy: boolean): void {
  const dueMs = world.clock.nowMs() + delayMs(world)
  const id = newIdFromFaultRng(world, world.tables.deliveries, 'dlv', 16)
  const delivery: Delivery = { id, event: event.id, endpoint, state: 'waiting', dueMs, copy, attempts: [] }
  world.tables.deliveries.insert(event.id, id, delivery)
  world.deliveryQueue.add(dueMs, id)
}

function delayMs({ delivery, faultRng }: World): number {
  const { delay_ms: delay } = delivery
  return typeof delay === 'number' ? delay : faultRng.int(delay[0], delay[1])
}

function isSubscribed({ endpoint, connect }: EndpointRecord, event: Stripe.Event): boolean {
  return (
    endpoint.status === 'enabled' &&
    connect === (event.account !== undefined) &&
    (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(event.type))
  )
}
