/** Copies an embedded database, and puts a copy in its place. For a process of its own: both read the whole file. */
import { access, copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { saveCursor } from './cursors.ts'
import { filePath } from './embedded.ts'

/** The copy or the database is not as it must be. The message says what to do. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed'
}

const BUSY_TIMEOUT_MS = 2_000

/**
 * Copies what one moment had committed. The service goes on meanwhile: a read does not lock a writer out. The copy is
 * checked and on the disk before it has its name. Returns its size in bytes.
 */
export async function backUp(url: string, file: string): Promise<number> {
  const path = filePath(url)
  if (!(await exists(path))) throw new BackupFailed(`There is no database at ${path}.`)
  if (await exists(file)) throw new BackupFailed(`${file} exists. A backup overwrites nothing.`)
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  await using(path, (database) => void database.prepare('VACUUM INTO ?').run([partial]))
  await check(partial)
  await putInPlace(partial, file)
  return (await stat(file)).size
}

/**
 * Replaces the database of a stopped service by a copy, which stays. Returns the name that the replaced database has now,
 * if there was one.
 */
export async function restore(url: string, file: string, { now, epoch }: { now: number; epoch: string }) {
  const path = filePath(url)
  await check(file)
  await requireStopped(path)
  const restoring = `${path}.restoring`
  await copyFile(file, restoring)
  await using(restoring, (database) => {
    // A reader that was ahead of the copy can tell by it that its cursor counts in another history.
    const { sql, args } = saveCursor('epoch', epoch, now)
    database.prepare(sql).run(args)
  })
  const replaced = (await exists(path)) ? `${path}.replaced-${now}` : null
  if (replaced) await rename(path, replaced)
  await putInPlace(restoring, path)
  return replaced
}

/** Leaving WAL needs the file alone, and puts the whole log into it. */
async function requireStopped(path: string): Promise<void> {
  if (await exists(path)) {
    await using(path, (database) => void database.pragma('journal_mode = DELETE')).catch((cause: unknown) => {
      throw new BackupFailed(`${path} is in use. Stop the service first.`, { cause })
    })
  }
  if (await exists(`${path}-wal`))
    throw new BackupFailed(`${path}-wal is left of another database. Move it away first.`)
}

async function check(file: string): Promise<void> {
  if (!(await exists(file))) throw new BackupFailed(`There is no ${file}.`)
  const found = await using(file, (database) => [
    database.prepare('PRAGMA integrity_check').all([]),
    database.prepare("SELECT 1 AS found FROM sqlite_master WHERE name = 'migrations'").all([]),
  ]).catch((cause: unknown) => {
    throw new BackupFailed(`${file} is not a database.`, { cause })
  })
  if (JSON.stringify(found) !== '[[{"integrity_check":"ok"}],[{"found":1}]]')
    throw new BackupFailed(`${file} is damaged, or no database of Gatehouse.`)
}

async function using<T>(path: string, work: (database: Libsql.Database) => T): Promise<T> {
  const database = new Libsql(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** On the disk first, and then under its name, so that no crash leaves half a file there. */
async function putInPlace(from: string, to: string): Promise<void> {
  await sync(from)
  await rename(from, to)
  await sync(dirname(to))
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
