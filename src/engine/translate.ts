/** Translates a Stripe event into events for instances. Pure. */
import type { z } from 'zod'
import type { AsOf } from '../../machines/watermark.ts'
import { describeError } from '../log.ts'
import { AccountId } from '../stripe/ids.ts'
import type { EventEnvelope } from '../stripe/objects.ts'
import type { InstanceEvent } from './unit-of-work.ts'

/** Reads one type of Stripe event. */
export interface StripeEventHandler<O extends z.ZodType = z.ZodType> {
  /** The endpoint Stripe sends it to. */
  endpoint: 'connect' | 'platform'
  object: O
  /** The events for instances; or a sentence that says why the event concerns none. */
  read(event: EventInput<z.infer<O>>): InstanceEvent[] | string
}

/** A parsed event. `account`: the connected account it is about; null: the platform itself. */
export interface EventInput<O> {
  object: O
  account: string | null
  /** Unix seconds. */
  created: number
}

/** No handler can read the event: it is kept as a dead letter, with this reason. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent'
}

/** An event of a connected account. */
export function connectEvent<O extends z.ZodType>(
  object: O,
  read: (event: { object: z.infer<O>; account: string; created: number }) => InstanceEvent[] | string,
): StripeEventHandler<O> {
  return {
    endpoint: 'connect',
    object,
    read: ({ account, ...event }) =>
      account === null
        ? 'it is about the platform itself, not a connected account'
        : read({ ...event, account: requireAccountId(account) }),
  }
}

/** An event of the platform about a connected account, which its object names. */
export function platformEvent<O extends z.ZodType>(
  object: O,
  read: (event: { object: z.infer<O>; created: number }) => InstanceEvent[] | string,
): StripeEventHandler<O> {
  return { endpoint: 'platform', object, read: (event) => read(event) }
}

/** @throws UnreadableEvent */
export function requireAccountId(text: string | null | undefined): string {
  const parsed = AccountId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UnreadableEvent('it does not name a connected account')
}

/** A snapshot was true in the second in which Stripe created its event. */
export function secondOf(created: number): AsOf {
  return { from: created, to: created }
}

/** `payload`: the event, reduced to the fields that were read. */
export type Translation =
  | { kind: 'events'; events: InstanceEvent[]; payload: unknown }
  | { kind: 'ignored'; reason: string; payload: unknown }
  | { kind: 'failed'; reason: string; payload: unknown }

/** `handler` undefined: no lifecycle handles the type. */
export function translate(event: EventEnvelope, handler: StripeEventHandler | undefined): Translation {
  const { data, ...envelope } = event
  const bare = { ...envelope, data: { object: identity(data.object) } }
  if (!handler) return { kind: 'ignored', reason: 'no machine handles this type', payload: bare }
  const object = handler.object.safeParse(data.object)
  if (!object.success) {
    const [issue] = object.error.issues
    return { kind: 'failed', reason: `data.object.${issue?.path.join('.')}: ${issue?.code}`, payload: bare }
  }
  const payload = { ...envelope, data: { object: object.data } }
  try {
    const events = handler.read({
      object: object.data,
      account: event.account ?? null,
      created: event.created,
    })
    if (typeof events === 'string') return { kind: 'ignored', reason: events, payload: bare }
    return { kind: 'events', events, payload }
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
