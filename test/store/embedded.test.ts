/** The embedded database keeps the contract of `Database`. Its commits are durable, and other processes may use its file. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'
import { Conflict, StorageUnavailable, Unstorable, UnstorableText } from '../../src/store/database.ts'
import { filePath, openEmbedded, type EmbeddedDatabase } from '../../src/store/embedded.ts'
import { startEmbeddedDatabase } from '../support/embedded-database.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { runs } from '../support/runs.ts'
import { sql } from '../support/sql.ts'

let dir: string
let url: string
let db: EmbeddedDatabase

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-embedded-'))
  url = `file:${join(dir, 'gatehouse.db')}`
  db = openEmbedded(url)
  await db.executeMultiple(`
    CREATE TABLE entries (name TEXT NOT NULL, half TEXT NOT NULL, PRIMARY KEY (name, half)) STRICT, WITHOUT ROWID;
    CREATE TABLE numbers (value INTEGER CHECK (value < 1000)) STRICT;
    CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE children (parent INTEGER REFERENCES parents (id)) STRICT;
  `)
})
afterEach(async () => {
  db.close()
  await rm(dir, { recursive: true, force: true })
})

const insert = (name: string, half = 'a') =>
  sql('INSERT INTO entries (name, half) VALUES (?, ?)', [name, half])
const countEntries = sql('SELECT count(*) AS entries FROM entries')
const entries = async () => (await db.read([countEntries]))[0][0]?.['entries']

describe('a write batch', () => {
  it('commits all its statements and returns the rows of each', async () => {
    const [, returned, counted] = await db.write([
      insert('one'),
      sql('INSERT INTO entries VALUES (?, ?) RETURNING name, half', ['two', 'b']),
      countEntries,
    ])
    expect(returned).toEqual([{ name: 'two', half: 'b' }])
    expect(counted).toEqual([{ entries: 2 }])
  })

  it.each([
    ['a duplicate key', insert('taken'), Conflict],
    ['a failed check', sql('INSERT INTO numbers VALUES (1000)'), Unstorable],
    ['a null in a NOT NULL column', sql('INSERT INTO entries VALUES (?, ?)', [null, 'a']), Unstorable],
    ['text in an integer column', sql('INSERT INTO numbers VALUES (?)', ['many']), Unstorable],
    ['a foreign key without its row', sql('INSERT INTO children VALUES (7)'), Unstorable],
    ['a value beyond SQLite’s limit', sql('SELECT length(zeroblob(2000000000))'), Unstorable],
    ['a number that is not finite', sql('INSERT INTO numbers VALUES (?)', [NaN]), Unstorable],
    ['text with U+0000', insert('a\0b'), UnstorableText],
    ['a table that does not exist', sql('SELECT * FROM nothing'), StorageUnavailable],
    ['a result beyond the safe integers', sql('SELECT 9007199254740993 AS value'), StorageUnavailable],
  ])('fails on %s, commits nothing, and does not affect the next batch', async (_, statement, expected) => {
    await db.write([insert('taken')])
    const failed = db.write([insert('before'), statement])
    await expect(failed).rejects.toBeInstanceOf(expected)
    await expect(failed).rejects.not.toMatchObject({ outcomeUnknown: true })
    expect(await entries()).toBe(1)
    await db.write([insert('before')])
    expect(await entries()).toBe(2)
  })

  it('stores half a surrogate pair as U+FFFD, as the server does', async () => {
    await db.write([insert('\ud800x')])
    const [rows] = await db.read([sql('SELECT name FROM entries')])
    expect(rows).toEqual([{ name: '\ufffdx' }])
  })

  it('stores every safe integer exactly', async () => {
    await db.executeMultiple('CREATE TABLE amounts (amount INTEGER) STRICT')
    const amounts = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1]
    await db.write(amounts.map((amount) => sql('INSERT INTO amounts VALUES (?)', [amount])))
    const [rows] = await db.read([sql('SELECT amount, typeof(amount) AS type FROM amounts')])
    expect(rows).toEqual(amounts.map((amount) => ({ amount, type: 'integer' })))
  })
})

/** Starts a process that commits two rows at a time and prints the number of each commit. */
function startWriter(prefix: string, commits?: number) {
  const args = ['test/support/embedded-writer.ts', url, prefix, ...(commits ? [String(commits)] : [])]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return {
    /** The number of the last acknowledged commit. */
    committed: () => Number(output.split('\n').at(-2) ?? 0),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    exited,
  }
}

describe('a read batch', () => {
  it('sees one snapshot while another process commits', async () => {
    const writer = startWriter('other')
    await expect.poll(writer.committed, { timeout: 20_000 }).toBeGreaterThan(0)
    const slow = sql(
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n',
    )
    const [before, , after] = await db.read([countEntries, slow, countEntries])
    const now = await entries()
    await writer.kill()
    expect(after).toEqual(before)
    expect(now, 'entries after the batch').toBeGreaterThan(Number(before[0]?.['entries']))
  })

  it('yields to the event loop, so that a loop of batches starves no timer', async () => {
    let turns = 0
    const timer = setInterval(() => (turns += 1), 0)
    const until = Date.now() + 50
    // oxlint-disable-next-line no-await-in-loop
    while (Date.now() < until) await entries()
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })
})

describe('the database file', () => {
  it('is opened in WAL mode, with synchronous=FULL, foreign keys and a busy timeout', async () => {
    const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout']
    const found = await Promise.all(pragmas.map((pragma) => db.execute(`PRAGMA ${pragma}`)))
    expect(found.map(({ rows: [row] }) => Object.values(row ?? {})[0])).toEqual(['wal', 2, 1, 2_000])
  })

  it('contains every commit without its log after close(), and later batches fail', async () => {
    await db.write([insert('kept')])
    db.close()
    expect((await stat(join(dir, 'gatehouse.db-wal'))).size).toBe(0)
    await expect(db.write([insert('late')])).rejects.toBeInstanceOf(StorageUnavailable)
    await expect(db.read([countEntries])).rejects.toBeInstanceOf(StorageUnavailable)
    db = openEmbedded(url)
    expect(await entries()).toBe(1)
  })

  it('loses no write of three processes that write at once', async () => {
    const each = 100
    const [one, two] = [startWriter('one', each), startWriter('two', each)]
    for (let row = 0; row < each; row += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await db.write([insert(`own${row}`)])
    }
    await Promise.all([one.exited, two.exited])
    expect(await entries()).toBe(each * (2 + 2 + 1))
  })

  it('stays unchanged by a write that waits too long for another process’s transaction', async () => {
    const other = openEmbedded(url)
    await other.executeMultiple('BEGIN IMMEDIATE')
    const started = performance.now()
    await expect(db.write([insert('late')])).rejects.toMatchObject({
      name: 'StorageUnavailable',
      outcomeUnknown: false,
    })
    expect(performance.now() - started).toBeGreaterThan(1_900)
    expect(await entries(), 'a read is not blocked').toBe(0)
    await other.executeMultiple('ROLLBACK')
    other.close()
    await db.write([insert('in time')])
    expect(await entries()).toBe(1)
  })

  it('contains every acknowledged commit, and no half of one, after its writer was killed', async () => {
    for (let round = 1; round <= runs(5, 50); round += 1) {
      const writer = startWriter(`${round}-`)
      // oxlint-disable no-await-in-loop
      await expect.poll(writer.committed, { timeout: 20_000 }).toBeGreaterThan(0)
      await sleep(Math.random() * 200)
      await writer.kill()
      const [halves] = await db.read([
        sql('SELECT name, count(*) AS halves FROM entries WHERE name LIKE ? GROUP BY name', [`${round}-%`]),
      ])
      // oxlint-enable no-await-in-loop
      const whole = new Set(halves.filter((row) => row['halves'] === 2).map(({ name }) => name))
      const acknowledged = Array.from({ length: writer.committed() }, (_, index) => `${round}-${index + 1}`)
      expect(acknowledged.filter((name) => !whole.has(name))).toEqual([])
      expect(halves.length, 'names with one half').toBe(whole.size)
    }
  })

  it('is refused if it is not a database, or cannot be opened', async () => {
    const file = join(dir, 'text')
    await writeFile(file, 'Plain text, longer than the header of a database file. '.repeat(20))
    expect(() => openEmbedded(`file:${file}`)).toThrow('file is not a database')
    expect(() => openEmbedded(`file:${dir}/missing/gatehouse.db`)).toThrow('missing/gatehouse.db')
  })

  it('is named by a file: URL without a host or parameters', () => {
    expect(filePath('file:data/gatehouse.db')).toBe('data/gatehouse.db')
    expect(filePath('file:/srv/gate%20house.db')).toBe('/srv/gate house.db')
    expect(filePath('file:///srv/gatehouse.db')).toBe('/srv/gatehouse.db')
    for (const wrong of ['file:', 'file://server/gatehouse.db', 'file:gatehouse.db?mode=ro'])
      expect(() => filePath(wrong)).toThrow('LIBSQL_URL')
  })
})

describe('migrations of an embedded database', () => {
  it('are applied once', async () => {
    const migrations = await readMigrations()
    expect(await applyMigrations(db, migrations)).toEqual(migrations.map(({ name }) => name))
    expect(await applyMigrations(db, migrations)).toEqual([])
  })

  it('are rolled back if they fail', async () => {
    const broken = { name: '0001', sql: 'CREATE TABLE half (id TEXT); SELECT * FROM nothing;', checksum: '1' }
    await expect(applyMigrations(db, [broken])).rejects.toThrow('nothing')
    const [rows] = await db.read([sql("SELECT name FROM sqlite_master WHERE name = 'half'")])
    expect(rows).toEqual([])
  })
})

it('a request with U+0000 in a text is answered 422, and does not reach Stripe', async () => {
  const database = await startEmbeddedDatabase()
  const gatehouse = await startGatehouse(database)
  const { result, trips } = await gatehouse.counting(() =>
    gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'a\0b' } }),
  )
  expect(result).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
  expect(trips.stripe).toBe(0)
  await database.stop()
})
