/** The SQL of API keys. */
import type { Row, Statement } from './database.ts'
import { ClientRow } from './rows.ts'

const COLUMNS = 'id, name, secret_hash, scopes, livemode, created_at, revoked_at'

export function selectClient(id: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM clients WHERE id = ?`, args: [id] }
}

export function listClients(): Statement {
  return { sql: `SELECT ${COLUMNS} FROM clients ORDER BY created_at, id`, args: [] }
}

export function insertClient(client: {
  id: string
  name: string
  secretHash: string
  scopes: readonly string[]
  livemode: boolean
  at: number
}): Statement {
  return {
    sql: `INSERT INTO clients (id, name, secret_hash, scopes, livemode, created_at)
          VALUES (?, ?, ?, ?, ?, ?)`,
    args: [
      client.id,
      client.name,
      client.secretHash,
      JSON.stringify(client.scopes),
      client.livemode ? 1 : 0,
      client.at,
    ],
  }
}

export function revokeClient(id: string, at: number): Statement {
  return {
    sql: 'UPDATE clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id',
    args: [at, id],
  }
}

export function parseClients(rows: readonly Row[]): ClientRow[] {
  return rows.map((row) => ClientRow.parse(row))
}
