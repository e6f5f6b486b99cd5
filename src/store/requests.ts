/** The SQL of answers by Idempotency-Key. */
import type { Row, Statement } from './database.ts'
import { RequestRow } from './rows.ts'

const COLUMNS = 'client, key, fingerprint, status, body, attempt, created_at, sent_at'

export function selectRequest(client: string, key: string): Statement {
  return {
    sql: `SELECT ${COLUMNS}
          FROM requests
          WHERE client = ? AND key = ?`,
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

/**
 * The first answer stays the answer: a second one makes its whole batch conflict. What was recorded while the outcome
 * was unknown makes way for it.
 */
export function insertAnswer({ client, key, fingerprint, status, body, at }: Answered): Statement[] {
  return [
    {
      sql: 'DELETE FROM requests WHERE client = ? AND key = ? AND status IS NULL',
      args: [client, key],
    },
    {
      sql: `INSERT INTO requests (client, key, fingerprint, status, body, created_at)
            VALUES (?, ?, ?, ?, ?, ?)`,
      args: [client, key, fingerprint, status, JSON.stringify(body), at],
    },
  ]
}

type Pending = Pick<Answered, 'client' | 'key' | 'fingerprint' | 'at'>

/** Remembers that a request was made, without an answer: another body under the same key will be refused. */
export function insertPending({ client, key, fingerprint, at }: Pending): Statement {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, created_at)
          VALUES (?, ?, ?, ?)
          ON CONFLICT (client, key) DO NOTHING`,
    args: [client, key, fingerprint, at],
  }
}

/** Remembers that an attempt at Stripe has no known outcome. No row comes back when somebody else has done so. */
export function insertUnknown({ client, key, fingerprint, at }: Pending, attempt: number): Statement {
  return {
    sql: `INSERT INTO requests (client, key, fingerprint, attempt, created_at, sent_at)
          VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (client, key) DO NOTHING
          RETURNING ${COLUMNS}`,
    args: [client, key, fingerprint, attempt, at, at],
  }
}

/** The attempt is about to be sent again. No row comes back when anybody has sent it since it was read. */
export function resendAttempt({ client, key, attempt, sent_at }: RequestRow, at: number): Statement {
  return {
    sql: `UPDATE requests
          SET sent_at = MAX(?, IFNULL(sent_at, 0) + 1)
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?
          RETURNING ${COLUMNS}`,
    args: [at, client, key, attempt, sent_at],
  }
}

/** What was sent again was answered: nothing of it is lost but what was before. */
export function settleAttempt(
  { client, key, attempt, sent_at }: RequestRow,
  before: number | null,
): Statement {
  return {
    sql: `UPDATE requests
          SET sent_at = ?
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?`,
    args: [before, client, key, attempt, sent_at],
  }
}

/** The next attempt is about to be sent. No row comes back when anybody has sent the present one since it was read. */
export function nextAttempt({ client, key, attempt, sent_at }: RequestRow, at: number): Statement {
  return {
    sql: `UPDATE requests
          SET attempt = attempt + 1, created_at = ?, sent_at = MAX(?, IFNULL(sent_at, 0) + 1)
          WHERE client = ? AND key = ? AND status IS NULL AND attempt = ? AND sent_at IS ?
          RETURNING ${COLUMNS}`,
    args: [at, at, client, key, attempt, sent_at],
  }
}
