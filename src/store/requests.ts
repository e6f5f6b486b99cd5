/** The SQL of answers by Idempotency-Key. */
import type { Row, Statement } from './database.ts'
import { RequestRow } from './rows.ts'

export function selectRequest(client: string, key: string): Statement {
  return {
    sql: 'SELECT client, key, fingerprint, status, body, attempt, created_at FROM requests WHERE client = ? AND key = ?',
    args: [client, key],
  }
}

export function parseRequest(rows: readonly Row[]): RequestRow | null {
  return rows[0] ? RequestRow.parse(rows[0]) : null
}

/** The first answer stays the answer: one that is there already makes the whole batch conflict. */
export function insertAnswer(answer: {
  client: string
  key: string
  fingerprint: string
  status: number
  body: unknown
  at: number
}): Statement {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, status, body, created_at)
          VALUES (?, ?, ?, ?, ?, ?)`,
    args: [
      answer.client,
      answer.key,
      answer.fingerprint,
      answer.status,
      JSON.stringify(answer.body),
      answer.at,
    ],
  }
}
