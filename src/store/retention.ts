/** The SQL of what is kept for a time only. Each takes a small batch: libSQL's one writer has others waiting. */
import type { Statement } from './database.ts'

interface Batch {
  before: number
  limit: number
}

/** What an event said. That it came, when, and what became of it stays. */
export function prunePayloads({ before, limit }: Batch): Statement {
  return {
    sql: `UPDATE inbox
          SET payload = NULL
          WHERE id IN (
            SELECT id
            FROM inbox
            WHERE payload IS NOT NULL AND received_at < ?
            ORDER BY received_at
            LIMIT ?
          )
          RETURNING 1`,
    args: [before, limit],
  }
}

/** Effects that were done. The history says what they did. */
export function pruneEffects({ before, limit }: Batch): Statement {
  return {
    sql: `DELETE FROM outbox
          WHERE name IN (
            SELECT name
            FROM outbox
            WHERE done_at IS NOT NULL AND done_at < ?
            ORDER BY done_at
            LIMIT ?
          )
          RETURNING 1`,
    args: [before, limit],
  }
}

/** Answers by Idempotency-Key. */
export function pruneRequests({ before, limit }: Batch): Statement {
  return {
    sql: `DELETE FROM requests
          WHERE (client, key) IN (
            SELECT client, key
            FROM requests
            WHERE created_at < ?
            ORDER BY created_at
            LIMIT ?
          )
          RETURNING 1`,
    args: [before, limit],
  }
}
