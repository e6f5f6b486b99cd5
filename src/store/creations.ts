/** The SQL of accounts being made. */
import type { Row, Statement } from './database.ts'
import { CreationRow } from './rows.ts'

const COLUMNS = 'external_id, attempt, sent_at, lost_at, since, answered_at'

export function selectCreation(externalId: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM creations WHERE external_id = ?`, args: [externalId] }
}

export function parseCreation(rows: readonly Row[]): CreationRow | null {
  return rows[0] ? CreationRow.parse(rows[0]) : null
}

/** Who comes second joins what is under way. */
export function insertCreation(externalId: string, at: number): Statement {
  return {
    sql: `INSERT INTO creations (external_id, sent_at, since)
          VALUES (?, ?, ?)
          ON CONFLICT (external_id) DO NOTHING`,
    args: [externalId, at, at],
  }
}

/** The attempt is about to be sent. No row comes back for one whose key Stripe may have forgotten: that is not sent again. */
export function sendCreation(externalId: string, at: number, forgottenUpTo: number): Statement {
  return {
    sql: `UPDATE creations
          SET lost_at = MAX(?, lost_at + 1)
          WHERE external_id = ? AND sent_at > ?
          RETURNING ${COLUMNS}`,
    args: [at, externalId, forgottenUpTo],
  }
}

/** What was sent was answered: nothing of it is lost but what was before. */
export function settleCreation({ external_id, attempt, lost_at }: CreationRow, before: number): Statement {
  return {
    sql: 'UPDATE creations SET lost_at = ? WHERE external_id = ? AND attempt = ? AND lost_at = ?',
    args: [before, external_id, attempt, lost_at],
  }
}

/** The next attempt is about to be sent. No row comes back when anybody has sent the present one since it was read. */
export function anotherCreation({ external_id, attempt, lost_at }: CreationRow, at: number): Statement {
  return {
    sql: `UPDATE creations
          SET attempt = attempt + 1, sent_at = ?, lost_at = MAX(?, lost_at + 1)
          WHERE external_id = ? AND attempt = ? AND lost_at = ?
          RETURNING ${COLUMNS}`,
    args: [at, at, external_id, attempt, lost_at],
  }
}

export function answerCreation(externalId: string, at: number): Statement {
  return {
    sql: 'UPDATE creations SET answered_at = ? WHERE external_id = ? AND answered_at IS NULL',
    args: [at, externalId],
  }
}
