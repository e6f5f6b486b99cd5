/** Backup and restore beside a service in another process: the copy is whole, and the service is not disturbed. */
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
  const db = new DatabaseSync(stored())
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

/** In a process of its own, as npm runs it: the driver lets go of a file only when its process ends. */
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

const stored = () => url.replace('file:', '')

/** Another process that commits pairs of rows until it is stopped. Returns once it has begun. */
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
  it('holds what one moment had committed, while another process writes on', async () => {
    await startWriter()
    expect(await backup('create', copy)).toMatchObject({ code: 0 })
    const before = read(stored())
    await expect.poll(() => read(stored()).rows).toBeGreaterThan(before.rows)
    const { rows, names } = read(copy)
    expect(rows).toBeGreaterThan(0)
    expect(rows, 'both rows of each commit').toBe(2 * names)
  })

  it('overwrites no file', async () => {
    await writeFile(copy, 'of somebody else')
    const { code, err } = await backup('create', copy)
    expect({ code, err }).toEqual({ code: 1, err: [`${copy} exists. A backup overwrites nothing.`] })
  })

  it('of a database that does not exist says so, and makes none', async () => {
    url = `file:${join(dir, 'missing.db')}`
    expect((await backup('create', copy)).err).toEqual([
      `There is no database at ${join(dir, 'missing.db')}.`,
    ])
    expect(await readdir(dir)).not.toContain('missing.db')
  })

  it('of a server is left to the server', async () => {
    url = 'https://database.example.com'
    expect((await backup('create', copy)).err.join()).toContain('LIBSQL_URL names a server')
  })
})

describe('a restore', () => {
  it('puts the copy in place, begins a new epoch and keeps what was there', async () => {
    await startWriter()
    await backup('create', copy)
    const copied = read(copy)
    await stopWriter()
    const { code, err } = await backup('restore', copy)
    expect(code).toBe(0)
    const restored = read(stored())
    expect(restored).toMatchObject({ rows: copied.rows, epoch: expect.any(String) })
    const replaced = /kept as (\S+)\.$/.exec(err[1] ?? '')?.[1]
    expect(read(String(replaced)).rows).toBeGreaterThanOrEqual(copied.rows)
    expect(await readdir(dir)).toContain('copy.db')

    await backup('restore', copy)
    expect(read(stored()).epoch).not.toBe(restored.epoch)
  })

  it('refuses while a process has the database open, and changes nothing', async () => {
    await backup('create', copy)
    await startWriter()
    const { code, err } = await backup('restore', copy)
    expect({ code, err }).toEqual({
      code: 1,
      err: [`${join(dir, 'gatehouse.db')} is in use. Stop the service first.`],
    })
    expect(read(stored()).rows).toBeGreaterThan(0)
  })

  it.each([
    [
      'is text',
      'plain text, and long enough not to be taken for an empty file. '.repeat(20),
      'is not a database',
    ],
    ['is empty', '', 'is damaged, or no database of Gatehouse'],
  ])('refuses a copy that %s', async (_, content, reason) => {
    await writeFile(copy, content)
    const { code, err } = await backup('restore', copy)
    expect(code).toBe(1)
    expect(err.join()).toContain(reason)
  })

  it('works where there is no database yet', async () => {
    await backup('create', copy)
    url = `file:${join(dir, 'new.db')}`
    expect(await backup('restore', copy)).toMatchObject({ code: 0 })
    expect(read(stored()).epoch).toEqual(expect.any(String))
  })
})
