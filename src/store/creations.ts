/** SQL for accounts that are being created at Stripe. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { firstRow, noRows } from './parse.ts'
import { query, type Query } from './query.ts'

export const CreationRow = z.object({
  external_id: z.string(),
  attempt: z.number(),
  sent_at: z.number(),
  lost_at: z.number(),
  since: z.number(),
  answered_at: z.number().nullable(),
})
export type CreationRow = z.infer<typeof CreationRow>

const COLUMNS = 'external_id, attempt, sent_at, lost_at, since, answered_at'

export function selectCreation(externalId: string): Query<CreationRow | null> {
  return query({
    select: COLUMNS,
    from: 'creations WHERE external_id = ?',
    args: [externalId],
    parse: firstRow(CreationRow),
  })
}

/** A second request for the same account joins the creation in progress. */
export function insertCreation(externalId: string, at: number): Statement<void> {
  return {
    sql: `INSERT INTO creations (external_id, sent_at, since)
          VALUES (?, ?, ?)
          ON CONFLICT (external_id) DO NOTHING`,
    args: [externalId, at, at],
    parse: noRows,
  }
}

/** Marks the attempt as about to be sent. Null: Stripe may have forgotten its key, so it must not be sent again. */
export function sendCreation(
  externalId: string,
  at: number,
  forgottenUpTo: number,
): Statement<CreationRow | null> {
  return {
    sql: `UPDATE creations
          SET lost_at = MAX(?, lost_at + 1)
          WHERE external_id = ? AND sent_at > ?
          RETURNING ${COLUMNS}`,
    args: [at, externalId, forgottenUpTo],
    parse: firstRow(CreationRow),
  }
}

/** Records that Stripe answered this send, so only an earlier one can be lost. `before`: when that one was sent. */
export function settleCreation(
  { external_id, attempt, lost_at }: CreationRow,
  before: number,
): Statement<void> {
  return {
    sql: 'UPDATE creations SET lost_at = ? WHERE external_id = ? AND attempt = ? AND lost_at = ?',
    args: [before, external_id, attempt, lost_at],
    parse: noRows,
  }
}

/** Marks the next attempt as about to be sent. Null: another process sent the current one since this row was read. */
export function nextCreationAttempt(
  { external_id, attempt, lost_at }: CreationRow,
  at: number,
): Statement<CreationRow | null> {
  return {
    sql: `UPDATE creations
          SET attempt = attempt + 1, sent_at = ?, lost_at = MAX(?, lost_at + 1)
          WHERE external_id = ? AND attempt = ? AND lost_at = ?
          RETURNING ${COLUMNS}`,
    args: [at, at, external_id, attempt, lost_at],
    parse: firstRow(CreationRow),
  }
}

export function answerCreation(externalId: string, at: number): Statement<void> {
  return {
    sql: 'UPDATE creations SET answered_at = ? WHERE external_id = ? AND answered_at IS NULL',
    args: [at, externalId],
    parse: noRows,
  }
}
