/** A real libSQL server with Gatehouse's tables, in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@libsql/client/web'
import { startSqld } from '../../dev/sqld.ts'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbeddedDatabase, tablesOf } from './embedded-database.ts'
import { freePort } from './free-port.ts'
import type { TestDatabase } from './test-database.ts'

export type { TestDatabase }

/** With `DATABASE=embedded` in the environment, the database is embedded in this process. */
export async function startDatabase(): Promise<TestDatabase> {
  return process.env['DATABASE'] === 'embedded' ? startEmbeddedDatabase() : startServer()
}

async function startServer(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const port = await freePort()
  let sqld = await startSqld({ dir, port })
  const client = createClient({ url: sqld.url, intMode: 'number', fetch: patiently })
  await applyMigrations(client, await readMigrations())
  const names = await tablesOf(client)
  return {
    url: sqld.url,
    client,
    embedded: null,
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
