/** Backs up an embedded database, and restores a backup. Both read the whole file, so they run in a process of their own. */
import { access, copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { saveCursor } from './cursors.ts'
import { filePath } from './embedded.ts'

/** The backup or the restore cannot go on. The message says why, for the person who runs the command. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed'
}

const BUSY_TIMEOUT_MS = 2_000

/**
 * Copies one snapshot of the database. The service may run meanwhile: in WAL mode a reader does not block writers. The copy
 * is checked and synced to disk before it gets its name. Returns its size in bytes.
 */
export async function backUp(url: string, file: string): Promise<number> {
  const path = filePath(url)
  if (!(await exists(path))) throw new BackupFailed(`There is no database at ${path}.`)
  if (await exists(file))
    throw new BackupFailed(`${file} exists already, and a backup overwrites nothing. Name a new file.`)
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  await withDatabase(path, (database) => void database.prepare('VACUUM INTO ?').run([partial]))
  await check(partial)
  await moveDurably(partial, file)
  return (await stat(file)).size
}

/**
 * Replaces the database of a stopped service by the content of a backup. The backup file stays. The replaced database is
 * renamed: the new name is returned, or null if there was no database.
 */
export async function restore(url: string, file: string, { now, epoch }: { now: number; epoch: string }) {
  const path = filePath(url)
  await check(file)
  await requireStopped(path)
  const restoring = `${path}.restoring`
  await copyFile(file, restoring)
  await withDatabase(restoring, (database) => {
    // A reader whose cursor is ahead of the backup can tell from the new epoch that it belongs to another history.
    const { sql, args } = saveCursor('epoch', epoch, now)
    database.prepare(sql).run(args)
  })
  const replaced = (await exists(path)) ? `${path}.replaced-${now}` : null
  if (replaced) await rename(path, replaced)
  await moveDurably(restoring, path)
  return replaced
}

/** SQLite leaves WAL mode only if no other process has the file open. It then moves the whole log into the file. */
async function requireStopped(path: string): Promise<void> {
  if (await exists(path)) {
    await withDatabase(path, (database) => void database.pragma('journal_mode = DELETE')).catch(
      (cause: unknown) => {
        throw new BackupFailed(`${path} is in use. Stop the service first.`, { cause })
      },
    )
  }
  if (await exists(`${path}-wal`))
    throw new BackupFailed(`${path}-wal is the log of another database. Move it away first.`)
}

async function check(file: string): Promise<void> {
  if (!(await exists(file))) throw new BackupFailed(`There is no file ${file}.`)
  const found = await withDatabase(file, (database) => [
    database.prepare('PRAGMA integrity_check').all([]),
    database.prepare("SELECT 1 AS found FROM sqlite_master WHERE name = 'migrations'").all([]),
  ]).catch((cause: unknown) => {
    throw new BackupFailed(`${file} is not a database.`, { cause })
  })
  if (JSON.stringify(found) !== '[[{"integrity_check":"ok"}],[{"found":1}]]')
    throw new BackupFailed(`${file} is damaged, or is not a database of Gatehouse.`)
}

async function withDatabase<T>(path: string, work: (database: Libsql.Database) => T): Promise<T> {
  const database = new Libsql(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** Syncs the file before it renames it, so that no crash leaves half a file under the final name. */
async function moveDurably(from: string, to: string): Promise<void> {
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
