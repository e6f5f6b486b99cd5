/** SQL for the inbox: one row for each Stripe event, with the result of processing it. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { allRows, firstRow, hasRows, json, noRows, onlyRow } from './parse.ts'
import { query, type Query } from './query.ts'

export const INBOX_STATUSES = ['applied', 'unchanged', 'stale', 'ignored', 'failed'] as const
export type InboxStatus = (typeof INBOX_STATUSES)[number]

export const InboxRow = z.object({
  id: z.string(),
  type: z.string(),
  account: z.string().nullable(),
  source: z.enum(['connect', 'platform', 'reconciler']),
  created: z.number(),
  received_at: z.number(),
  payload: json(z.unknown()).nullable(),
  outcome: z.enum(INBOX_STATUSES),
  detail: z.string().nullable(),
  replayed_at: z.number().nullable(),
  retry_at: z.number().nullable(),
})
export type InboxRow = z.infer<typeof InboxRow>

const COLUMNS =
  'id, type, account, source, created, received_at, payload, outcome, detail, replayed_at, retry_at'

export function selectEvent(id: string): Query<InboxRow | null> {
  return query({ select: COLUMNS, from: 'inbox WHERE id = ?', args: [id], parse: firstRow(InboxRow) })
}

export function hasEvent(id: string): Statement<boolean> {
  return { sql: 'SELECT id FROM inbox WHERE id = ?', args: [id], parse: hasRows }
}

const EventId = z.object({ id: z.string() }).transform(({ id }) => id)

/** Those of the ids that the inbox has. */
export function selectEventIds(ids: readonly string[]): Statement<string[]> {
  return {
    sql: 'SELECT id FROM inbox WHERE id IN (SELECT value FROM json_each(?))',
    args: [JSON.stringify(ids)],
    parse: allRows(EventId),
  }
}

/** Newest first. Returns one row more than `limit`, which tells whether there is another page. */
export function listEvents(of: {
  account?: string | undefined
  outcome?: InboxStatus | undefined
  type?: string | undefined
  before?: { receivedAt: number; id: string } | undefined
  limit: number
}): Query<InboxRow[]> {
  const where = ['1 = 1']
  const args: (string | number)[] = []
  const add = (condition: string, ...values: (string | number)[]) => {
    where.push(condition)
    args.push(...values)
  }
  // A partial index serves only a literal, not a bound argument. The value comes from our own list: no injection.
  if (of.outcome !== undefined) add(`outcome = '${of.outcome}'`)
  if (of.account !== undefined) add('account = ?', of.account)
  if (of.type !== undefined) add('type = ?', of.type)
  if (of.before) add('(received_at, id) < (?, ?)', of.before.receivedAt, of.before.id)
  return query({
    select: COLUMNS,
    from: `inbox
          WHERE ${where.join(' AND ')}
          ORDER BY received_at DESC, id DESC
          LIMIT ?`,
    args: [...args, of.limit + 1],
    parse: allRows(InboxRow),
  })
}

/** Events whose automatic replay is due. */
export function selectRetriable(now: number, limit: number): Statement<InboxRow[]> {
  return {
    sql: `SELECT ${COLUMNS}
          FROM inbox
          WHERE retry_at <= ?
          ORDER BY retry_at
          LIMIT ?`,
    args: [now, limit],
    parse: allRows(InboxRow),
  }
}

/** The oldest event that could not be applied. */
export function selectOldestFailed(): Query<InboxRow | null> {
  return query({
    select: COLUMNS,
    from: `inbox
          WHERE outcome = 'failed'
          ORDER BY received_at, id
          LIMIT 1`,
    parse: firstRow(InboxRow),
  })
}

export const LastSeen = z.object({
  connect: z.number().nullable(),
  platform: z.number().nullable(),
  reconciler: z.number().nullable(),
})
export type LastSeen = z.infer<typeof LastSeen>

/** When each webhook endpoint, and the reconciler, last delivered an event. */
export function selectLastSeen(): Query<LastSeen> {
  const latest = (source: string) =>
    `(SELECT max(received_at) FROM inbox WHERE source = '${source}') AS ${source}`
  return query({
    select: ['connect', 'platform', 'reconciler'].map(latest).join(', '),
    from: null,
    parse: onlyRow(LastSeen),
  })
}

export interface InboxResult {
  outcome: InboxStatus
  detail: string | null
  /** When the event is replayed automatically. Null: never, unless an operator replays it. */
  retryAt: number | null
}

/** A second row for the same event violates the primary key, which rolls a duplicate back. */
export function insertEvent(
  event: {
    id: string
    type: string
    account: string | null
    source: InboxRow['source']
    created: number
    receivedAt: number
    payload: unknown
  } & InboxResult,
): Statement<void> {
  return {
    sql: `INSERT INTO inbox (id, type, account, source, created, received_at, payload, outcome, detail, retry_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      event.id,
      event.type,
      event.account,
      event.source,
      event.created,
      event.receivedAt,
      JSON.stringify(event.payload),
      event.outcome,
      event.detail,
      event.retryAt,
    ],
    parse: noRows,
  }
}

const NOT_APPLIED_YET = "(outcome IN ('failed', 'ignored') OR retry_at IS NOT NULL)"

/**
 * Stores the result of a replay. If the event was applied before, only the time of the replay is stored; otherwise the
 * new result and payload replace the old ones.
 */
export function saveReplay(
  replay: { id: string; at: number; payload: unknown } & InboxResult,
): Statement<void> {
  return {
    sql: `UPDATE inbox
          SET replayed_at = ?,
              payload = CASE WHEN ${NOT_APPLIED_YET} THEN ? ELSE payload END,
              detail = CASE WHEN ${NOT_APPLIED_YET} THEN ? ELSE detail END,
              retry_at = CASE WHEN ${NOT_APPLIED_YET} THEN ? ELSE retry_at END,
              outcome = CASE WHEN ${NOT_APPLIED_YET} THEN ? ELSE outcome END
          WHERE id = ?`,
    args: [
      replay.at,
      JSON.stringify(replay.payload),
      replay.detail,
      replay.retryAt,
      replay.outcome,
      replay.id,
    ],
    parse: noRows,
  }
}

/** `until` null: the event is never replayed automatically again. */
export function postponeRetry(id: string, until: number | null): Statement<void> {
  return {
    sql: 'UPDATE inbox SET retry_at = ? WHERE id = ? AND retry_at IS NOT NULL',
    args: [until, id],
    parse: noRows,
  }
}
