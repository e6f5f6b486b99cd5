/**
 * Reads one of Stripe's lists of events back and feeds what the inbox lacks, through the same way in as a webhook. The
 * list is newest first, so a turn reads back as far as it may and applies the oldest first; what is left for the next
 * turn is older still. Facts carry their times, so even that order changes nothing in the end.
 */
import type { Stripe } from 'stripe'
import { advance } from '../advance.ts'
import type { EngineDeps } from '../deps.ts'
import { webhookUnit } from '../inbox.ts'
import { selectEventIds } from '../../store/inbox.ts'
import { PLATFORM, type StreamRow } from '../../store/streams.ts'
import type { Answer } from '../../stripe/gateway.ts'
import { AccountId } from '../../stripe/ids.ts'
import { EventEnvelope, ownedBy } from '../../stripe/objects.ts'

/** A webhook that is on its way is not lost. */
const GRACE_S = 120
/** An event may be listed a little after its time. */
const OVERLAP_S = 300
/**
 * How far back a list is read which was to be read from a time that Stripe's clock had not reached: nothing of it was read
 * yet.
 */
const AHEAD_S = 86_400
const PAGE = 100
const PAGES = 5

export interface Reading {
  /** Where the list now stands, but for when it is read again. */
  stream: Omit<StreamRow, 'next_at'>
  isDone: boolean
  /** Events that no endpoint had brought. */
  recovered: number
  /** Stripe's time of the answer, in Unix seconds. */
  now: number
  /** The platform's list held an event of an account. */
  holdsAccounts: boolean
}

/** @throws what the Stripe call and the database throw; the list then stands where it stood */
export async function readEvents(deps: EngineDeps, stream: StreamRow): Promise<Reading> {
  const events: EventEnvelope[] = []
  let { reading_to: readingTo, read_after: after } = stream
  let [now, isDone] = [0, false]
  for (let page = 1; page <= PAGES && !isDone; page += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const { value, as_of } = await readPage(deps, stream, after)
    now = as_of.to
    readingTo ??= as_of.from - GRACE_S
    events.push(...value.data.flatMap((event) => parse(event, stream)))
    after = value.data.at(-1)?.id ?? after
    isDone = !value.has_more
  }
  const end = readingTo ?? stream.position
  if (stream.position > end) return { ...begunAhead(stream, end), now }
  const due = events.filter(({ created }) => created <= end)
  const recovered = await feed(deps, due.toReversed())
  const newest = Math.max(stream.newest ?? 0, ...events.map(({ created }) => created))
  return {
    stream: {
      account: stream.account,
      position: isDone ? Math.max(stream.position, end) : stream.position,
      reading_to: isDone ? null : end,
      read_after: isDone ? null : after,
      newest: newest || null,
      last_error: null,
    },
    isDone,
    recovered,
    now,
    holdsAccounts: stream.account === PLATFORM && events.some(({ account }) => account != null),
  }
}

function begunAhead(stream: StreamRow, end: number): Omit<Reading, 'now'> {
  const again = { ...stream, position: end - AHEAD_S, reading_to: null, read_after: null, last_error: null }
  return { stream: again, isDone: false, recovered: 0, holdsAccounts: false }
}

/** All types at once: those that are handled are more than a filter may name, and most lists are a page at most. */
function readPage(
  { stripe }: EngineDeps,
  { account, position }: StreamRow,
  after: string | null,
): Promise<Answer<Stripe.ApiList<Stripe.Event>>> {
  return stripe.listEvents(account === PLATFORM ? null : AccountId.parse(account), {
    limit: PAGE,
    created: { gte: position - OVERLAP_S },
    ...(after !== null && { starting_after: after }),
  })
}

function parse(event: Stripe.Event, { account }: StreamRow): EventEnvelope[] {
  const envelope = EventEnvelope.safeParse(event)
  return envelope.success ? [account === PLATFORM ? envelope.data : ownedBy(account, envelope.data)] : []
}

/** How many of them had not been heard of. What no machine handles is left where it is. */
async function feed(deps: EngineDeps, events: readonly EventEnvelope[]): Promise<number> {
  const handled = events.filter(
    ({ type, livemode }) =>
      deps.lifecycles.handlersOf(type).length > 0 && livemode === deps.config.stripe.livemode,
  )
  let fed = 0
  for (let start = 0; start < handled.length; start += PAGE) {
    const some = handled.slice(start, start + PAGE)
    // oxlint-disable no-await-in-loop
    const [ids] = await deps.db.read([selectEventIds(some.map(({ id }) => id))])
    const known = new Set(ids)
    const units = some
      .filter(({ id }) => !known.has(id))
      .map((event) =>
        webhookUnit(deps.lifecycles, event, {
          source: 'reconciler',
          cause: { kind: 'reconciler', id: event.id },
        }),
      )
    const outcomes = units.length > 0 ? await advance(deps, units) : []
    // oxlint-enable no-await-in-loop
    fed += outcomes.filter(({ kind }) => kind !== 'duplicate').length
  }
  return fed
}
