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

/** Whether the request has its answer. */
export function selectAnswered(client: string, key: string): Statement {
  return {
    sql: 'SELECT 1 FROM requests WHERE client = ? AND key = ? AND status IS NOT NULL',
    args: [client, key],
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

/** The first answer stays the answer: a second one makes its whole batch conflict. */
export function insertAnswer({ client, key, fingerprint, status, body, at }: Answered): Statement {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, status, body, created_at)
          VALUES (?, ?, ?, ?, ?, ?)`,
    args: [client, key, fingerprint, status, JSON.stringify(body), at],
  }
}

/** The answer of a request that was recorded before its outcome was known. */
export function completeAnswer({ client, key, status, body }: Answered): Statement {
  return {
    sql: `UPDATE requests
          SET status = ?, body = ?
          WHERE client = ? AND key = ? AND status IS NULL`,
    args: [status, JSON.stringify(body), client, key],
  }
}

/** Remembers that a request was made, without an answer: another body under the same key will be refused. */
export function insertPending(request: Pick<Answered, 'client' | 'key' | 'fingerprint' | 'at'>): Statement {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, created_at)
          VALUES (?, ?, ?, ?)
          ON CONFLICT (client, key) DO NOTHING`,
    args: [request.client, request.key, request.fingerprint, request.at],
  }
}
