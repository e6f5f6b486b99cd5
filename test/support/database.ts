/** A real libSQL server with Gatehouse's tables, in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client, type Row } from '@libsql/client/web'
import { startSqld, type Sqld } from '../../dev/sqld.ts'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { freePort } from './free-port.ts'

export interface TestDatabase {
  url: string
  client: Client
  sqld: () => Sqld
  rows: (sql: string, args?: (string | number)[]) => Promise<Row[]>
  /** Opens it as the service does. */
  open: () => Database
  /** Empties every table. */
  clear: () => Promise<void>
  /** Restarts the server with the same data and address. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

export async function startDatabase(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const port = await freePort()
  let sqld = await startSqld({ dir, port })
  const client = createClient({ url: sqld.url, intMode: 'number', fetch: patiently })
  await applyMigrations(client, await readMigrations())
  const tables = await client.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('migrations') AND name NOT LIKE 'sqlite_%'",
  )
  // Tallies last: deleting other rows changes them.
  const names = tables.rows.map((row) => row['name'] as string).toSorted((a) => (a === 'tallies' ? 1 : -1))
  return {
    url: sqld.url,
    client,
    sqld: () => sqld,
    rows: async (sql, args = []) => (await client.execute({ sql, args })).rows,
    open: () =>
      openDatabase({
        url: sqld.url,
        authToken: null,
        fetch: ((input: Request) => patiently(input)) as typeof fetch,
        now: Date.now,
        sleep,
        random: () => 0.5,
      }),
    clear: async () => {
      await client.batch(
        names.map((table) => `DELETE FROM ${table}`),
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

const BUSY_TRIES = 6

/**
 * Retries a BUSY answer, which libSQL sometimes gives while it checkpoints. A Worker's retries outlast a checkpoint. The tests'
 * waits are shorter or take no time at all.
 */
export async function patiently(request: Request): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    // oxlint-disable no-await-in-loop
    const answer = await fetch(request.clone())
    const isBusy = (await answer.clone().text()).includes('"SQLITE_BUSY"')
    if (!isBusy || tries === BUSY_TRIES) return answer
    await sleep(20 * 2 ** tries)
    // oxlint-enable no-await-in-loop
  }
}
