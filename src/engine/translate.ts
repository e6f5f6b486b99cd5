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

/** What every lifecycle that handles the type reads in the event. */
export function translate(event: EventEnvelope, handlers: readonly StripeEventHandler[]): Translation {
  const { data, ...envelope } = event
  const bare = { ...envelope, data: { object: identity(data.object) } }
  if (handlers.length === 0) return { kind: 'ignored', reason: 'no machine handles this type', payload: bare }
  const events: InstanceEvent[] = []
  const reasons: string[] = []
  let object: object = {}
  for (const handler of handlers) {
    const parsed = handler.object.safeParse(data.object)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const reason = `data.object.${issue?.path.join('.')}: ${issue?.code}`
      return { kind: 'failed', reason, payload: bare }
    }
    const read = { ...object, ...(parsed.data as object) }
    try {
      const found = handler.read({
        object: parsed.data,
        account: event.account ?? null,
        created: event.created,
      })
      if (typeof found === 'string') {
        reasons.push(found)
        continue
      }
      events.push(...found)
      object = read
    } catch (error) {
      return {
        kind: 'failed',
        reason: describeError(error),
        payload: { ...envelope, data: { object: read } },
      }
    }
  }
  const [reason] = reasons
  if (reason !== undefined && reasons.length === handlers.length)
    return { kind: 'ignored', reason, payload: bare }
  return { kind: 'events', events, payload: { ...envelope, data: { object } } }
}

/** Enough of an object to fetch it again. */
function identity(object: unknown): { id?: string; object?: string } {
  if (typeof object !== 'object' || object === null) return {}
  const { id, object: kind } = object as { id?: unknown; object?: unknown }
  return { ...(typeof id === 'string' && { id }), ...(typeof kind === 'string' && { object: kind }) }
}
