/**
 * From a Stripe event to what happened to which instances. One table: an event type stands in it or is ignored, and the
 * events Stripe is asked to send are read off it. Pure.
 */
import type { InstanceEvent } from './unit-of-work.ts'
import { describeError } from '../log.ts'
import type { EventEnvelope } from '../stripe/objects.ts'
import { ACCOUNT_EVENTS } from '../accounts/events.ts'
import type { Meaning } from './event-meaning.ts'
import { PAYMENT_EVENTS } from '../payments/events.ts'
import { PAYOUT_EVENTS } from '../payouts/events.ts'

/** Event type → what it means. https://docs.stripe.com/api/events/types */
export const MEANINGS: Readonly<Record<string, Meaning>> = {
  ...ACCOUNT_EVENTS,
  ...PAYMENT_EVENTS,
  ...PAYOUT_EVENTS,
}

/** `payload`: the event, stripped to what was read of it. */
export type Translation =
  | { kind: 'events'; events: InstanceEvent[]; payload: unknown }
  | { kind: 'ignored'; reason: string; payload: unknown }
  | { kind: 'failed'; reason: string; payload: unknown }

export function translate(event: EventEnvelope): Translation {
  const { data, ...envelope } = event
  const bare = { ...envelope, data: { object: identity(data.object) } }
  const meaning = Object.hasOwn(MEANINGS, event.type) ? MEANINGS[event.type] : undefined
  if (!meaning) return { kind: 'ignored', reason: 'no machine handles this type', payload: bare }
  const object = meaning.object.safeParse(data.object)
  if (!object.success) {
    const [issue] = object.error.issues
    return { kind: 'failed', reason: `data.object.${issue?.path.join('.')}: ${issue?.code}`, payload: bare }
  }
  const payload = { ...envelope, data: { object: object.data } }
  try {
    const found = meaning.read({
      object: object.data,
      account: event.account ?? null,
      created: event.created,
    })
    if (typeof found === 'string') return { kind: 'ignored', reason: found, payload: bare }
    return { kind: 'events', events: found, payload }
  } catch (error) {
    return { kind: 'failed', reason: describeError(error), payload }
  }
}

/** Enough of an object to fetch it again. */
function identity(object: unknown): { id?: string; object?: string } {
  if (typeof object !== 'object' || object === null) return {}
  const { id, object: kind } = object as { id?: unknown; object?: unknown }
  return { ...(typeof id === 'string' && { id }), ...(typeof kind === 'string' && { object: kind }) }
}
