/** A real libSQL server with our tables, in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client, type Row } from '@libsql/client/web'
import { startSqld, type Sqld } from '../../dev/sqld.ts'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'
import { freePort } from './free-port.ts'

export interface TestDatabase {
  url: string
  client: Client
  sqld: () => Sqld
  rows: (sql: string, args?: (string | number)[]) => Promise<Row[]>
  /** Empties every table. */
  clear: () => Promise<void>
  /** The same data behind the same address, after a crash. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

const TABLES = [
  'aliases',
  'clients',
  'creations',
  'cursors',
  'inbox',
  'instances',
  'outbox',
  'requests',
  'transitions',
]

export async function startDatabase(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const port = await freePort()
  let sqld = await startSqld({ dir, port })
  const client = createClient({ url: sqld.url, intMode: 'number' })
  await applyMigrations(client, await readMigrations())
  return {
    url: sqld.url,
    client,
    sqld: () => sqld,
    rows: async (sql, args = []) => (await client.execute({ sql, args })).rows,
    clear: async () => {
      await client.batch(
        TABLES.map((table) => `DELETE FROM ${table}`),
        'write',
      )
    },
    restart: async () => {
      sqld = await startSqld({ dir, port })
    },
    stop: async () => {
      client.close()
      await sqld.kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
