/** SQL that deletes old data. Each statement takes a small batch: other writes wait for libSQL's one writer. */
import type { Statement } from './database.ts'
import { countRows } from './parse.ts'

interface Batch {
  before: number
  limit: number
}

/** Clears the payloads of old events; the inbox rows stay. Returns how many it cleared. */
export function prunePayloads({ before, limit }: Batch): Statement<number> {
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
    parse: countRows,
  }
}

/** Deletes effects that are done; the history still tells what they did. Returns how many it deleted. */
export function pruneEffects({ before, limit }: Batch): Statement<number> {
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
    parse: countRows,
  }
}

/** Deletes old requests with their answers. Returns how many it deleted. */
export function pruneRequests({ before, limit }: Batch): Statement<number> {
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
    parse: countRows,
  }
}
