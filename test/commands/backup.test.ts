/** Backup and restore, while another process has the database open. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'

let dir: string
let url: string
let copy: string
let writer: ChildProcess | null

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-backup-'))
  url = `file:${join(dir, 'gatehouse.db')}`
  copy = join(dir, 'copy.db')
  writer = null
  const db = new DatabaseSync(databaseFile())
  const client = {
    execute: async (text: string) => ({ rows: db.prepare(text).all() }),
    executeMultiple: async (text: string) => db.exec(text),
    close: () => db.close(),
  }
  await applyMigrations(client, await readMigrations())
  db.exec(
    'CREATE TABLE entries (name TEXT NOT NULL, half TEXT NOT NULL, PRIMARY KEY (name, half)) STRICT, WITHOUT ROWID',
  )
  db.close()
})
afterEach(async () => {
  await stopWriter()
  await rm(dir, { recursive: true, force: true })
})

/** Runs in a process of its own, as npm does: the driver may keep a file open until its process exits. */
function backup(...line: string[]): Promise<{ code: number; err: string[] }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['src/commands/backup.ts', ...line],
      { env: { ...process.env, LIBSQL_URL: url } },
      (_error, _out, err) => resolve({ code: child.exitCode ?? -1, err: err.trimEnd().split('\n') }),
    )
  })
}

const databaseFile = () => url.replace('file:', '')

/** Starts a process that commits pairs of rows until it is stopped. Resolves after its first commit. */
async function startWriter(): Promise<void> {
  writer = spawn(process.execPath, ['test/support/embedded-writer.ts', url, 'row'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (writer.stdout) await once(writer.stdout, 'data')
  writer.stdout?.resume()
}

async function stopWriter(): Promise<void> {
  if (!writer || writer.signalCode !== null) return
  writer.kill('SIGKILL')
  await once(writer, 'exit')
}

function read(file: string): { rows: number; names: number; epoch: unknown } {
  const db = new DatabaseSync(file)
  const row = db
    .prepare(
      `SELECT count(*) AS rows, count(DISTINCT name) AS names, (SELECT value FROM cursors WHERE name = 'epoch') AS epoch
       FROM entries`,
    )
    .get()
  db.close()
  return { rows: Number(row?.['rows']), names: Number(row?.['names']), epoch: row?.['epoch'] }
}

describe('a backup', () => {
  it('contains one snapshot of a database to which another process writes', async () => {
    await startWriter()
    expect(await backup('create', copy)).toMatchObject({ code: 0 })
    const before = read(databaseFile())
    await expect.poll(() => read(databaseFile()).rows).toBeGreaterThan(before.rows)
    const { rows, names } = read(copy)
    expect(rows).toBeGreaterThan(0)
    expect(rows, 'both rows of each commit').toBe(2 * names)
  })

  it('overwrites no file', async () => {
    await writeFile(copy, 'an earlier backup')
    const { code, err } = await backup('create', copy)
    expect({ code, err }).toEqual({
      code: 1,
      err: [`${copy} exists already, and a backup overwrites nothing. Name a new file.`],
    })
  })

  it('of a missing database fails, and creates no database', async () => {
    url = `file:${join(dir, 'missing.db')}`
    expect((await backup('create', copy)).err).toEqual([
      `There is no database at ${join(dir, 'missing.db')}.`,
    ])
    expect(await readdir(dir)).not.toContain('missing.db')
  })

  it('of a server is refused', async () => {
    url = 'https://database.example.com'
    expect((await backup('create', copy)).err.join()).toContain('LIBSQL_URL names a server')
  })
})

describe('a restore', () => {
  it('restores the backup, begins a new epoch and keeps the replaced database', async () => {
    await startWriter()
    await backup('create', copy)
    const backedUp = read(copy)
    await stopWriter()
    const { code, err } = await backup('restore', copy)
    expect(code).toBe(0)
    const restored = read(databaseFile())
    expect(restored).toMatchObject({ rows: backedUp.rows, epoch: expect.any(String) })
    const replaced = /kept as (\S+)\.$/.exec(err[1] ?? '')?.[1]
    expect(read(String(replaced)).rows).toBeGreaterThanOrEqual(backedUp.rows)
    expect(await readdir(dir)).toContain('copy.db')

    await backup('restore', copy)
    expect(read(databaseFile()).epoch).not.toBe(restored.epoch)
  })

  it('is refused while another process has the database open, and changes nothing', async () => {
    await backup('create', copy)
    await startWriter()
    const { code, err } = await backup('restore', copy)
    expect({ code, err }).toEqual({
      code: 1,
      err: [`${join(dir, 'gatehouse.db')} is in use. Stop the service first.`],
    })
    expect(read(databaseFile()).rows).toBeGreaterThan(0)
  })

  it.each([
    ['is text', 'Plain text, longer than the header of a database file. '.repeat(20), 'is not a database'],
    ['is empty', '', 'is damaged, or is not a database of Gatehouse'],
  ])('is refused if the backup %s', async (_, content, reason) => {
    await writeFile(copy, content)
    const { code, err } = await backup('restore', copy)
    expect(code).toBe(1)
    expect(err.join()).toContain(reason)
  })

  it('creates a database where none exists', async () => {
    await backup('create', copy)
    url = `file:${join(dir, 'new.db')}`
    expect(await backup('restore', copy)).toMatchObject({ code: 0 })
    expect(read(databaseFile()).epoch).toEqual(expect.any(String))
  })
})
