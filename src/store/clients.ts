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
  expires_at: z.number().nullable(),
  last_used_at: z.number().nullable(),
})
export type ClientRow = z.infer<typeof ClientRow>

const COLUMNS = 'id, name, secret_hash, scopes, livemode, created_at, revoked_at, expires_at, last_used_at'

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
  /** Null: the key does not expire. */
  expiresAt?: number | null
}): Statement<void> {
  return {
    sql: `INSERT INTO clients (id, name, secret_hash, scopes, livemode, created_at, expires_at)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
    args: [
      client.id,
      client.name,
      client.secretHash,
      JSON.stringify(client.scopes),
      client.livemode ? 1 : 0,
      client.at,
      client.expiresAt ?? null,
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

/** `unlessSince`: a later use than this is on record already, so nothing is written. */
export function recordUse(id: string, at: number, unlessSince: number): Statement<void> {
  return {
    sql: 'UPDATE clients SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) <= ?',
    args: [at, id, unlessSince],
    parse: noRows,
  }
}
