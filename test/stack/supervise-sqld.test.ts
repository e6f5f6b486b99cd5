/** The supervisor of libSQL's server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/web'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { superviseSqld, type SupervisedSqld } from '../../dev/supervise-sqld.ts'
import { freePort } from '../support/free-port.ts'

let dir: string
let sqld: SupervisedSqld

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-kept-'))
  sqld = await superviseSqld({ dir, port: await freePort() }, 2_000)
})
afterAll(async () => {
  await sqld.stop()
  await rm(dir, { recursive: true, force: true })
})

it('a server that accepts no write is restarted without losing acknowledged writes', async () => {
  const client = createClient({ url: sqld.url })
  await client.batch(['CREATE TABLE kept (id INTEGER)', 'INSERT INTO kept VALUES (1)'], 'write')
  const before = sqld.pid()
  process.kill(before, 'SIGSTOP')

  await expect.poll(sqld.pid, { timeout: 20_000, interval: 200 }).not.toBe(before)
  await expect
    .poll(async () => (await client.execute('SELECT id FROM kept')).rows.length, { timeout: 10_000 })
    .toBe(1)
  client.close()
})
