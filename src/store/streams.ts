/** SQL for Stripe's event lists: how far the reconciler has read each, and when it reads it next. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { allRows, firstRow, noRows, onlyRow } from './parse.ts'
import { query, type Query } from './query.ts'

export const StreamRow = z.object({
  account: z.string(),
  position: z.number(),
  reading_to: z.number().nullable(),
  read_after: z.string().nullable(),
  newest: z.number().nullable(),
  next_at: z.number(),
  last_error: z.string().nullable(),
})
export type StreamRow = z.infer<typeof StreamRow>

/** The `account` of the platform's own list. */
export const PLATFORM = ''

const COLUMNS = 'account, position, reading_to, read_after, newest, next_at, last_error'

const HOUR_S = 3_600
/** Stripe keeps events for 30 days: https://docs.stripe.com/api/events */
export const EVENTS_KEPT_S = 30 * 86_400

/**
 * Begins the platform's own list, unless it was begun before. It starts before the first account was stored, because no
 * other list has the events lost since then. The hour allows for a local clock ahead of Stripe's. `now` is in Unix ms.
 */
export function beginPlatformStream(now: number): Statement<void> {
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
    parse: noRows,
  }
}

/** Lists that are due, longest overdue first. */
export function selectDueStreams(now: number, limit: number): Statement<StreamRow[]> {
  return {
    sql: `SELECT ${COLUMNS}
          FROM streams
          WHERE next_at <= ?
          ORDER BY next_at, account
          LIMIT ?`,
    args: [now, limit],
    parse: allRows(StreamRow),
  }
}

export function selectStream(account: string): Query<StreamRow | null> {
  return query({
    select: COLUMNS,
    from: 'streams WHERE account = ?',
    args: [account],
    parse: firstRow(StreamRow),
  })
}

const OldestDue = z.object({ next_at: z.number().nullable() }).transform(({ next_at }) => next_at)

/** When the longest overdue list of an account was due. */
export function selectOldestStream(): Query<number | null> {
  return query({
    select: `(SELECT min(next_at) FROM streams WHERE next_at > 0 AND account <> '${PLATFORM}') AS next_at`,
    from: null,
    parse: onlyRow(OldestDue),
  })
}

export function saveStream(stream: StreamRow): Statement<void> {
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
    parse: noRows,
  }
}
