/** SQL for API keys. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { allRows, firstRow, hasRows, json, noRows } from './parse.ts'

export const ClientRow = z.object({
  id: z.string(),
  name: z.string(),
  secret_hash: z.string(),
  scopes: json(z.array(z.string())),
  livemode: z.number(),
  created_at: z.number(),
  revoked_at: z.number().nullable(),
})
export type ClientRow = z.infer<typeof ClientRow>

const COLUMNS = 'id, name, secret_hash, scopes, livemode, created_at, revoked_at'

export function selectClient(id: string): Statement<ClientRow | null> {
  return {
    sql: `SELECT ${COLUMNS} FROM clients WHERE id = ?`,
    args: [id],
    parse: firstRow(ClientRow),
  }
}

export function listClients(): Statement<ClientRow[]> {
  return {
    sql: `SELECT ${COLUMNS} FROM clients ORDER BY created_at, id`,
    args: [],
    parse: allRows(ClientRow),
  }
}

export function insertClient(client: {
  id: string
  name: string
  secretHash: string
  scopes: readonly string[]
  livemode: boolean
  at: number
}): Statement<void> {
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
    parse: noRows,
  }
}

/** False: no such key, or the key was revoked before. */
export function revokeClient(id: string, at: number): Statement<boolean> {
  return {
    sql: 'UPDATE clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id',
    args: [at, id],
    parse: hasRows,
  }
}
