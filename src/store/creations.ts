/** The SQL of accounts being made. */
import type { Row, Statement } from './database.ts'
import { CreationRow } from './rows.ts'

export function selectCreation(externalId: string): Statement {
  return {
    sql: 'SELECT external_id, attempt, sent_at, since, answered_at FROM creations WHERE external_id = ?',
    args: [externalId],
  }
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

/** The next attempt after `attempt`. Of several who found the same absence, all come to the same one. */
export function anotherCreation(externalId: string, attempt: number, at: number): Statement {
  return {
    sql: `UPDATE creations
          SET attempt = attempt + 1, sent_at = ?
          WHERE external_id = ? AND attempt = ?`,
    args: [at, externalId, attempt],
  }
}

export function answerCreation(externalId: string, at: number): Statement {
  return {
    sql: 'UPDATE creations SET answered_at = ? WHERE external_id = ? AND answered_at IS NULL',
    args: [at, externalId],
  }
}
