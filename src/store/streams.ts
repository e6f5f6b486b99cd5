/** The SQL of Stripe's lists of events: how far each was read back, and which is to be read next. */
import type { Row, Statement } from './database.ts'
import { StreamRow } from './rows.ts'

/** The platform's own list stands under no account. */
export const PLATFORM = ''

const COLUMNS = 'account, position, reading_to, read_after, newest, next_at, last_error'

const HOUR_S = 3_600
/** For so long Stripe keeps events: https://docs.stripe.com/api/events */
export const EVENTS_KEPT_S = 30 * 86_400

/**
 * The platform's own list, if it was never read: from before the first account came to be known, as whatever was lost since
 * then is in no other list. The hour is for a clock of ours that is ahead of Stripe's. `now` in Unix milliseconds.
 */
export function beginPlatformStream(now: number): Statement {
  return {
    sql: `INSERT INTO streams (account, position, next_at)
          VALUES (
            ?1,
            max(
              ?2 - ${EVENTS_KEPT_S},
              min(
                ?2,
                coalesce((SELECT min(created_at) FROM instances WHERE machine = 'account') / 1000, ?2)
              ) - ${HOUR_S}
            ),
            0
          )
          ON CONFLICT (account) DO NOTHING`,
    args: [PLATFORM, Math.floor(now / 1000)],
  }
}

/** Those that are to be read, the longest overdue first. */
export function selectDueStreams(now: number, limit: number): Statement {
  return {
    sql: `SELECT ${COLUMNS}
          FROM streams
          WHERE next_at <= ?
          ORDER BY next_at, account
          LIMIT ?`,
    args: [now, limit],
  }
}

export function selectStream(account: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM streams WHERE account = ?`, args: [account] }
}

/** When the longest overdue list of an account was due. */
export function selectOldestStream(): Statement {
  return {
    sql: 'SELECT min(next_at) AS next_at FROM streams WHERE next_at > 0 AND account <> ?',
    args: [PLATFORM],
  }
}

export function saveStream(stream: StreamRow): Statement {
  return {
    sql: `UPDATE streams
          SET position = ?, reading_to = ?, read_after = ?, newest = ?, next_at = ?, last_error = ?
          WHERE account = ?`,
    args: [
      stream.position,
      stream.reading_to,
      stream.read_after,
      stream.newest,
      stream.next_at,
      stream.last_error,
      stream.account,
    ],
  }
}

export function parseStreams(rows: readonly Row[]): StreamRow[] {
  return rows.map((row) => StreamRow.parse(row))
}
