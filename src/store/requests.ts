/** SQL for requests and their answers, by Idempotency-Key. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { firstRow, hasRows, noRows } from './parse.ts'
import { query, type Query } from './query.ts'

export const RequestRow = z.object({
  client: z.string(),
  key: z.string(),
  fingerprint: z.string(),
  status: z.number().nullable(),
  body: z.string().nullable(),
  attempt: z.number(),
  created_at: z.number(),
  sent_at: z.number().nullable(),
})
export type RequestRow = z.infer<typeof RequestRow>

const COLUMNS = 'client, key, fingerprint, status, body, attempt, created_at, sent_at'

export function selectRequest(client: string, key: string): Query<RequestRow | null> {
  return query({
    select: COLUMNS,
    from: 'requests WHERE client = ? AND key = ?',
    args: [client, key],
    parse: firstRow(RequestRow),
  })
}

/** True: the request has been answered. */
export function hasAnswer(client: string, key: string): Statement<boolean> {
  return {
    sql: 'SELECT 1 FROM requests WHERE client = ? AND key = ? AND status IS NOT NULL',
    args: [client, key],
    parse: hasRows,
  }
}

export interface Answered {
  client: string
  key: string
  fingerprint: string
  status: number
  body: unknown
  at: number
}

/**
 * Stores the answer and replaces the row of the pending request. A second answer for the same key conflicts, and its
 * whole batch rolls back: the first answer stays.
 */
export function insertAnswer({ client, key, fingerprint, status, body, at }: Answered): Statement<void>[] {
  return [
    {
      sql: 'DELETE FROM requests WHERE client = ? AND key = ? AND status IS NULL',
      args: [client, key],
      parse: noRows,
    },
    {
      sql: `INSERT INTO requests (client, key, fingerprint, status, body, created_at)
            VALUES (?, ?, ?, ?, ?, ?)`,
      args: [client, key, fingerprint, status, JSON.stringify(body), at],
      parse: noRows,
    },
  ]
}

type Pending = Pick<Answered, 'client' | 'key' | 'fingerprint' | 'at'>

/** Records a request without an answer, so that the same key with another body is refused. */
export function insertPending({ client, key, fingerprint, at }: Pending): Statement<void> {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, created_at)
          VALUES (?, ?, ?, ?)
          ON CONFLICT (client, key) DO NOTHING`,
    args: [client, key, fingerprint, at],
    parse: noRows,
  }
}

/** Records that an attempt at Stripe has an ambiguous outcome. Null: another process recorded it first. */
export function insertUnknown(
  { client, key, fingerprint, at }: Pending,
  attempt: number,
): Statement<RequestRow | null> {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, attempt, created_at, sent_at)
          VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (client, key) DO NOTHING
          RETURNING ${COLUMNS}`,
    args: [client, key, fingerprint, attempt, at, at],
    parse: firstRow(RequestRow),
  }
}

/** Marks the attempt as about to be sent again. Null: another process has sent it since this row was read. */
export function resendAttempt(
  { client, key, attempt, sent_at }: RequestRow,
  at: number,
): Statement<RequestRow | null> {
  return {
    sql: `UPDATE requests
          SET sent_at = MAX(?, IFNULL(sent_at, 0) + 1)
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?
          RETURNING ${COLUMNS}`,
    args: [at, client, key, attempt, sent_at],
    parse: firstRow(RequestRow),
  }
}

/** Records that Stripe answered this send, so only an earlier one can be lost. `before`: when that one was sent. */
export function settleAttempt(
  { client, key, attempt, sent_at }: RequestRow,
  before: number | null,
): Statement<void> {
  return {
    sql: `UPDATE requests
          SET sent_at = ?
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?`,
    args: [before, client, key, attempt, sent_at],
    parse: noRows,
  }
}

/** Marks the next attempt as about to be sent. Null: another process sent the current one since this row was read. */
export function nextAttempt(
  { client, key, attempt, sent_at }: RequestRow,
  at: number,
): Statement<RequestRow | null> {
  return {
    sql: `UPDATE requests
          SET attempt = attempt + 1, created_at = ?, sent_at = MAX(?, IFNULL(sent_at, 0) + 1)
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?
          RETURNING ${COLUMNS}`,
    args: [at, at, client, key, attempt, sent_at],
    parse: firstRow(RequestRow),
  }
}
