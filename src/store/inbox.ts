/** The SQL of the inbox: one row per Stripe event, whatever became of it. */
import type { Row, Statement } from './database.ts'
import { InboxRow, type InboxStatus } from './rows.ts'

const COLUMNS =
  'id, type, account, source, created, received_at, payload, outcome, detail, replayed_at, retry_at'

export function selectEvent(id: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM inbox WHERE id = ?`, args: [id] }
}

export function selectEventId(id: string): Statement {
  return { sql: 'SELECT id FROM inbox WHERE id = ?', args: [id] }
}

/** Which of these are there. */
export function selectEventIds(ids: readonly string[]): Statement {
  return {
    sql: 'SELECT id FROM inbox WHERE id IN (SELECT value FROM json_each(?))',
    args: [JSON.stringify(ids)],
  }
}

/** Newest first, one row more than asked for, which tells whether there is another page. */
export function listEvents(of: {
  account?: string | undefined
  outcome?: InboxStatus | undefined
  type?: string | undefined
  before?: { receivedAt: number; id: string } | undefined
  limit: number
}): Statement {
  const where = ['1 = 1']
  const args: (string | number)[] = []
  const add = (condition: string, ...values: (string | number)[]) => {
    where.push(condition)
    args.push(...values)
  }
  // From a closed list of ours, and written out: what is rare has an index of its own, which only a literal finds.
  if (of.outcome !== undefined) add(`outcome = '${of.outcome}'`)
  if (of.account !== undefined) add('account = ?', of.account)
  if (of.type !== undefined) add('type = ?', of.type)
  if (of.before) add('(received_at, id) < (?, ?)', of.before.receivedAt, of.before.id)
  return {
    sql: `SELECT ${COLUMNS}
          FROM inbox
          WHERE ${where.join(' AND ')}
          ORDER BY received_at DESC, id DESC
          LIMIT ?`,
    args: [...args, of.limit + 1],
  }
}

/** Events whose time to be replayed by themselves has come. */
export function selectRetriable(now: number, limit: number): Statement {
  return {
    sql: `SELECT ${COLUMNS}
          FROM inbox
          WHERE retry_at <= ?
          ORDER BY retry_at
          LIMIT ?`,
    args: [now, limit],
  }
}

/** The oldest event that could not be applied. */
export function selectOldestFailed(): Statement {
  return {
    sql: `SELECT ${COLUMNS}
          FROM inbox
          WHERE outcome = 'failed'
          ORDER BY received_at, id
          LIMIT 1`,
    args: [],
  }
}

/** When each endpoint, and the reconciler, last brought an event. */
export function selectLastSeen(): Statement {
  const latest = (source: string) =>
    `(SELECT max(received_at) FROM inbox WHERE source = '${source}') AS ${source}`
  return { sql: `SELECT ${['connect', 'platform', 'reconciler'].map(latest).join(', ')}`, args: [] }
}

export function parseEvents(rows: readonly Row[]): InboxRow[] {
  return rows.map((row) => InboxRow.parse(row))
}

export interface InboxResult {
  outcome: InboxStatus
  detail: string | null
  /** When it is to be replayed by itself; null: an operator decides. */
  retryAt: number | null
}

/** A second row for the same event violates the key: the event was handled already. */
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
): Statement {
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
  }
}

const NOT_TAKEN_IN = "(outcome IN ('failed', 'ignored') OR retry_at IS NOT NULL)"

/**
 * What a replay came to. An event that was taken in once stays what it was then; one that was not is what it is now, and
 * what was read of it replaces what was kept.
 */
export function saveReplay(replay: { id: string; at: number; payload: unknown } & InboxResult): Statement {
  return {
    sql: `UPDATE inbox
          SET replayed_at = ?,
              payload = CASE WHEN ${NOT_TAKEN_IN} THEN ? ELSE payload END,
              detail = CASE WHEN ${NOT_TAKEN_IN} THEN ? ELSE detail END,
              retry_at = CASE WHEN ${NOT_TAKEN_IN} THEN ? ELSE retry_at END,
              outcome = CASE WHEN ${NOT_TAKEN_IN} THEN ? ELSE outcome END
          WHERE id = ?`,
    args: [
      replay.at,
      JSON.stringify(replay.payload),
      replay.detail,
      replay.retryAt,
      replay.outcome,
      replay.id,
    ],
  }
}

/** `until` null: there is nothing left to replay. */
export function postponeRetry(id: string, until: number | null): Statement {
  return {
    sql: 'UPDATE inbox SET retry_at = ? WHERE id = ? AND retry_at IS NOT NULL',
    args: [until, id],
  }
}
