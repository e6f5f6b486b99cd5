/** Migrations are applied in order and once; an edited history is refused before anything is applied. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient, type Client } from '@libsql/client/web'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSqld, type Sqld } from '../../dev/sqld.ts'
import { applyMigrations, EditedHistory, pendingMigrations, readMigrations } from '../../migrations/apply.ts'
import { MIGRATIONS } from '../../migrations/manifest.ts'
import { freePort } from '../support/free-port.ts'

let dir: string
let sqld: Sqld
let client: Client

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  sqld = await startSqld({ dir, port: await freePort() })
  client = createClient({ url: sqld.url })
})
afterEach(async () => {
  client.close()
  await sqld.kill()
  await rm(dir, { recursive: true, force: true })
})

const aMigration = (name: string, sql: string) => ({ name, sql, checksum: `checksum of ${sql}` })
const ONE = aMigration('0001_one', 'CREATE TABLE one (id TEXT) STRICT;')
const TWO = aMigration('0002_two', 'CREATE TABLE two (id TEXT) STRICT;')

const tables = async () =>
  (
    await client.execute(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations' ORDER BY name`,
    )
  ).rows.map(({ name }) => name)

describe('applyMigrations', () => {
  it('brings an empty database up to date, and applies nothing on a second run', async () => {
    const migrations = await readMigrations()
    expect(await applyMigrations(client, migrations)).toEqual(migrations.map(({ name }) => name))
    expect(await applyMigrations(client, migrations)).toEqual([])
  })

  it('applies the migrations added since the last run', async () => {
    await applyMigrations(client, [ONE])
    expect(await pendingMigrations(client, [ONE, TWO])).toEqual(['0002_two'])
    expect(await applyMigrations(client, [ONE, TWO])).toEqual(['0002_two'])
  })

  it('rolls back a migration that fails halfway', async () => {
    const broken = aMigration(
      '0002_two',
      'CREATE TABLE two (id TEXT) STRICT; CREATE TABLE two (id TEXT) STRICT;',
    )
    await expect(applyMigrations(client, [ONE, broken])).rejects.toThrow(/two/)
    expect(await tables()).toEqual(['one'])
    expect(await applyMigrations(client, [ONE, TWO])).toEqual(['0002_two'])
  })

  it('applies each migration once when several runs start at the same time', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(client, [ONE, TWO])))
    expect(applied.flat().sort()).toEqual(['0001_one', '0002_two'])
    expect(await tables()).toEqual(['one', 'two'])
  })
})

describe('a history', () => {
  it.each([
    ['with a changed file', [{ ...ONE, checksum: 'another' }, TWO], /0001_one was edited/],
    ['with a missing file', [TWO], /Expected 0001_one/],
    [
      'with a new file before an applied one',
      [aMigration('0000_zero', 'CREATE TABLE zero (id TEXT);'), ONE],
      /Expected 0001_one/,
    ],
    ['shorter than the database’s', [], /0001_one, which this version does not know/],
  ])('%s is refused, and nothing is applied', async (_, migrations, reason) => {
    await applyMigrations(client, [ONE])
    await expect(applyMigrations(client, migrations)).rejects.toThrow(EditedHistory)
    await expect(applyMigrations(client, migrations)).rejects.toThrow(reason)
    expect(await tables()).toEqual(['one'])
  })
})

describe('the migration files', () => {
  it('are the ones that readiness checks for', async () => {
    expect((await readMigrations()).map(({ name }) => name)).toEqual([...MIGRATIONS])
  })

  it('have a checksum of their content', async () => {
    const folder = pathToFileURL(`${dir}/`)
    await writeFile(new URL('0001_one.sql', folder), 'SELECT 1;')
    const [before] = await readMigrations(folder)
    await writeFile(new URL('0001_one.sql', folder), 'SELECT 2;')
    const [after] = await readMigrations(folder)
    expect(before?.checksum).not.toBe(after?.checksum)
  })
})
