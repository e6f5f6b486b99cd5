/** The SQL of the inbox: one row per Stripe event, whatever became of it. */
import type { Row, Statement } from './database.ts'
import { InboxRow, type Outcome } from './rows.ts'

const COLUMNS = 'id, type, account, source, created, received_at, payload, outcome, detail, replayed_at'

export function selectEvent(id: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM inbox WHERE id = ?`, args: [id] }
}

export function selectEventId(id: string): Statement {
  return { sql: 'SELECT id FROM inbox WHERE id = ?', args: [id] }
}

export function parseEvents(rows: readonly Row[]): InboxRow[] {
  return rows.map((row) => InboxRow.parse(row))
}

/** A second row for the same event violates the key: the event was handled already. */
export function insertEvent(event: {
  id: string
  type: string
  account: string | null
  source: InboxRow['source']
  created: number
  receivedAt: number
  payload: unknown
  outcome: Outcome
  detail: string | null
}): Statement {
  return {
    sql: `INSERT INTO inbox (id, type, account, source, created, received_at, payload, outcome, detail)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      event.id,
      event.type,
      event.account,
      event.source,
      event.created,
      event.receivedAt,
      JSON.stringify(event.payload),
      event.outcome,
      event.detail,
    ],
  }
}
