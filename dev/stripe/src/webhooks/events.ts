import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, noSuch } from '../core/errors.ts'
import { inRange, listPage } from '../core/list.ts'
import { ALL_OWNERS } from '../core/table.ts'
import type { World } from '../core/world.ts'

/** How long events can be read back (https://docs.stripe.com/api/events). */
const RETENTION_S = 30 * 24 * 60 * 60
const MAX_TYPES = 20

export function retrieveEvent(call: Call): Stripe.Event {
  return eventView(call.world, findEvent(call.world, call.scope, pathId(call)))
}

export function findEvent(world: World, scope: string, id: string): Stripe.Event {
  const event = seesAllEvents(world, scope)
    ? world.tables.events.get(id)
    : world.tables.events.owned(scope, id)
  if (event === undefined || expired(world, event)) throw noSuch('event', id)
  return event
}

/** `GET /v1/events`: newest first, filtered by type, `created` and `delivery_success`. */
export function listEvents(call: Call<Stripe.EventListParams>): Stripe.ApiList<Stripe.Event> {
  const { world, params, scope } = call
  const { type, types, delivery_success: success } = params
  if (type !== undefined && types !== undefined) {
    throw invalidParameter('You may only specify one of these parameters: type, types.', {
      code: 'parameters_exclusive',
      param: 'types',
    })
  }
  if (types !== undefined && types.length > MAX_TYPES) {
    throw invalidParameter(`You may specify at most ${MAX_TYPES} types.`, { param: 'types' })
  }
  removeOldEvents(world, scope)
  const wanted = types ?? (type === undefined ? undefined : [type])
  return listPage(world.tables.events, {
    owner: seesAllEvents(world, scope) ? ALL_OWNERS : scope,
    params,
    url: '/v1/events',
    kind: 'event',
    where: (event) =>
      inRange(event.created, params.created) &&
      (wanted === undefined || wanted.some((pattern) => matches(pattern, event.type))) &&
      (success === undefined || success === (pendingWebhooks(world, event.id) === 0)),
    view: (event) => eventView(world, event),
  })
}

/** It is not documented whether the platform's list includes the connected accounts' events. */
function seesAllEvents({ platform, switches }: World, scope: string): boolean {
  return scope === platform.account && switches.platform_events_include_connected
}

export function eventView(world: World, event: Stripe.Event): Stripe.Event {
  return { ...event, pending_webhooks: pendingWebhooks(world, event.id) }
}

/** How many endpoints have not received the event: the delivery waits or has failed. */
export function pendingWebhooks({ tables }: World, event: string): number {
  return tables.deliveries.ids(event).filter((id) => {
    const delivery = tables.deliveries.get(id)
    return delivery !== undefined && !delivery.copy && delivery.state !== 'delivered'
  }).length
}

/** A pattern may end with a star: `charge.*`. */
function matches(pattern: string, type: string): boolean {
  return pattern === type || (pattern.endsWith('*') && type.startsWith(pattern.slice(0, -1)))
}

function expired({ clock }: World, event: Stripe.Event): boolean {
  return event.created < clock.seconds() - RETENTION_S
}

function removeOldEvents(world: World, owner: string): void {
  const { events, deliveries } = world.tables
  for (;;) {
    const oldest = events.get(events.ids(owner)[0] ?? '')
    if (oldest === undefined || !expired(world, oldest)) return
    for (const id of deliveries.ids(oldest.id).slice()) deliveries.remove(id)
    events.remove(oldest.id)
  }
}
