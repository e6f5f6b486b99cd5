/**
 * Reads Stripe's event lists back and applies the events that the inbox lacks, through the same path as a webhook. Each account
 * has a list, and so has the platform. A busy list is read often, a quiet one once a day, and the longest overdue first.
 */
import type { Stripe } from 'stripe'
import { describeError } from '../../log.ts'
import { markForCheck } from '../../store/checks.ts'
import { saveCursor, selectCursor } from '../../store/cursors.ts'
import type { Statement } from '../../store/database.ts'
import { selectEventIds } from '../../store/inbox.ts'
import { EVENTS_KEPT_S, PLATFORM, saveStream, selectDueStreams, type StreamRow } from '../../store/streams.ts'
import { failedCall } from '../../stripe/errors.ts'
import type { Answer } from '../../stripe/gateway.ts'
import { AccountId } from '../../stripe/ids.ts'
import { EventEnvelope, ownedBy } from '../../stripe/objects.ts'
import { advance } from '../advance.ts'
import type { EngineDeps } from '../deps.ts'
import { webhookUnit } from '../inbox.ts'
import { endsTheRun, troubleOf } from './budget.ts'
import { recheckOwned } from './recheck-owned.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** The platform has one list, and Stripe may show every account's events in it. */
const PLATFORM_MS = MINUTE_MS
const SHORTEST_MS = 10 * MINUTE_MS
/** A list is read again after this share of the time since its last event: once a day after eight quiet days. */
const SHARE = 1 / 8
const BATCH = 20
const KEPT_MS = EVENTS_KEPT_S * 1000
/** The cursor that remembers that the platform's list shows its accounts' events. */
const HOLDS_ACCOUNTS = 'platform_events_hold_accounts'

/** An event this young may still arrive by webhook. */
const GRACE_S = 120
/** Stripe may list an event a little after its `created`. */
const OVERLAP_S = 300
/** How far to rewind when the position is ahead of Stripe's clock: nothing was read from it yet. */
const AHEAD_S = 86_400
const PAGE = 100
const PAGES = 5

/** Reads one batch of due lists. False: no more are due. @throws BudgetSpent, and what else ends the run */
export async function readDueLists(deps: EngineDeps): Promise<boolean> {
  const [due, holds] = await deps.db.read([selectDueStreams(deps.now(), BATCH), selectCursor(HOLDS_ACCOUNTS)])
  const holdsAccounts = holds === true
  for (const stream of due) {
    // oxlint-disable-next-line no-await-in-loop
    await deps.db.write(await readList(deps, stream, holdsAccounts))
  }
  return due.length === BATCH
}

/** Returns what to save of the reading. @throws what ends the run */
async function readList(deps: EngineDeps, stream: StreamRow, holdsAccounts: boolean): Promise<Statement[]> {
  try {
    const reading = await readEvents(deps, stream)
    // Stripe no longer keeps the events before this, so the account's objects are fetched instead.
    const hasGap = reading.isDone && (reading.now - stream.position) * 1000 > KEPT_MS
    if (hasGap && stream.account !== PLATFORM)
      await recheckOwned(deps, { account: stream.account, until: deps.now() - KEPT_MS })
    const next_at = deps.now() + (reading.isDone ? waitAfter(reading, holdsAccounts) : 0)
    return [
      saveStream({ ...reading.stream, next_at }),
      ...(reading.holdsAccounts && !holdsAccounts ? [saveCursor(HOLDS_ACCOUNTS, true, deps.now())] : []),
    ]
  } catch (error) {
    if (endsTheRun(error)) throw error
    const last_error = describeError(error)
    // Continue from the same place, after the other lists that are due.
    if (troubleOf(error) !== null)
      return [saveStream({ ...stream, next_at: deps.now() + MINUTE_MS, last_error })]
    const isAway = failedCall(error)?.failure.kind === 'no_access'
    const next_at = deps.now() + (isAway ? DAY_MS : SHORTEST_MS)
    // Start over: Stripe may no longer have the event that the reading stopped at.
    const again = { ...stream, reading_to: null, read_after: null, next_at, last_error }
    // A fetch of the account itself tells whether it is out of reach.
    return [
      saveStream(again),
      ...(isAway ? [markForCheck(deps.lifecycles.owner.lifecycle.name, stream.account, deps.now())] : []),
    ]
  }
}

function waitAfter({ stream, recovered, now }: Reading, holdsAccounts: boolean): number {
  if (stream.account === PLATFORM) return PLATFORM_MS
  // Webhooks are rarely lost alone.
  if (recovered > 0) return SHORTEST_MS
  if (holdsAccounts || stream.newest === null) return DAY_MS
  return Math.min(DAY_MS, Math.max(SHORTEST_MS, (now - stream.newest) * 1000 * SHARE))
}

interface Reading {
  /** Where the list stands now. */
  stream: Omit<StreamRow, 'next_at'>
  isDone: boolean
  /** How many events no webhook had brought. */
  recovered: number
  /** Stripe's time of the answer, in Unix seconds. */
  now: number
  /** Whether the platform's list showed an event of an account. */
  holdsAccounts: boolean
}

/**
 * Reads some pages of a list. Stripe lists the newest first; the oldest are applied first. The next reading continues with
 * still older events. That order is safe: facts carry their times.
 * @throws what the Stripe call and the database throw; the list then stands where it stood
 */
async function readEvents(deps: EngineDeps, stream: StreamRow): Promise<Reading> {
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
  if (stream.position > end) return { ...rewound(stream, end), now }
  const due = events.filter(({ created }) => created <= end)
  const recovered = await applyMissing(deps, due.toReversed())
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

function rewound(stream: StreamRow, end: number): Omit<Reading, 'now'> {
  const again = { ...stream, position: end - AHEAD_S, reading_to: null, read_after: null, last_error: null }
  return { stream: again, isDone: false, recovered: 0, holdsAccounts: false }
}

/** Reads every type: Stripe's filter takes fewer types than are handled, and most lists fit one page. */
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

/** Applies the events that the inbox lacks and a lifecycle handles; returns how many. */
async function applyMissing(deps: EngineDeps, events: readonly EventEnvelope[]): Promise<number> {
  const handled = events.filter(
    ({ type, livemode }) =>
      deps.lifecycles.handlersOf(type).length > 0 && livemode === deps.config.stripe.livemode,
  )
  let applied = 0
  for (let start = 0; start < handled.length; start += PAGE) {
    const batch = handled.slice(start, start + PAGE)
    // oxlint-disable no-await-in-loop
    const [ids] = await deps.db.read([selectEventIds(batch.map(({ id }) => id))])
    const known = new Set(ids)
    const units = batch
      .filter(({ id }) => !known.has(id))
      .map((event) =>
        webhookUnit(deps.lifecycles, event, {
          source: 'reconciler',
          cause: { kind: 'reconciler', id: event.id },
        }),
      )
    const outcomes = units.length > 0 ? await advance(deps, units) : []
    // oxlint-enable no-await-in-loop
    applied += outcomes.filter(({ kind }) => kind !== 'duplicate').length
  }
  return applied
}
