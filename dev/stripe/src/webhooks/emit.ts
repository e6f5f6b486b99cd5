import type Stripe from 'stripe'
import { luckyId, newId, type World } from '../core/world.ts'
import { misbehaves, scheduleDelivery } from './schedule.ts'

export const API_VERSION = '2026-10-28.endive'

export interface Happening {
  readonly type: Stripe.Event['type']
  /** Whose object it is: a connected account, or the platform. */
  readonly owner: string
  readonly object: object
  readonly previous?: object | undefined
}

/** Records an event and owes it to every endpoint that asked for it. The object is kept as it is now. */
export function emit(world: World, happening: Happening): void {
  const { owner } = happening
  // Nothing is heard of an account that the platform has no access to any more.
  if (owner !== world.platform.account && world.tables.accounts.get(owner)?.connected !== true) return
  scheduleDelivery(world, record(world, happening, newId(world, 'evt')))
  // Stripe documents two kinds of duplicate: the same event again, and a second event for the same change.
  if (misbehaves(world, happening.type) && world.luck.chance(world.delivery.sibling)) {
    scheduleDelivery(world, record(world, happening, luckyId(world, world.tables.events, 'evt', 24)))
  }
}

function record(world: World, { type, owner, object, previous }: Happening, id: string): Stripe.Event {
  const event = {
    id,
    object: 'event',
    ...(owner === world.platform.account ? {} : { account: owner }),
    api_version: API_VERSION,
    created: world.clock.seconds(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 0,
    request: world.cause,
    type,
  }
  // stripe-node's union ties each type to its object; every caller passes a type beside the object it belongs to.
  return world.tables.events.insert(owner, event.id, event as Stripe.Event)
}
