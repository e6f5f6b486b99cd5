/** The SQL of Stripe's lists of events: how far each was read back, and which is to be read next. */
import type { Row, Statement } from './database.ts'
import { StreamRow } from './rows.ts'

/** The platform's own list stands under no account. */
export const PLATFORM = ''

const COLUMNS = 'account, position, reading_to, read_after, newest, next_at, last_error'

/** `position`: from when the platform's own list is read if it never was, in Unix seconds. */
export function beginPlatformStream(position: number): Statement {
  return {
    sql: `INSERT INTO streams (account, position, next_at)
          VALUES (?, ?, 0)
          ON CONFLICT (account) DO NOTHING`,
    args: [PLATFORM, position],
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
