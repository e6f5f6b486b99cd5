/**
 * libSQL in this process, over a file: one connection, WAL, every commit synced to the disk before it is answered. The
 * driver is synchronous: a call blocks the event loop while it runs, so long reads belong in another process.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import Libsql from 'libsql'
import {
  toStorageError,
  Unstorable,
  UnstorableText,
  type Database,
  type Results,
  type Row,
  type Statement,
} from './database.ts'

export interface EmbeddedDatabase extends Database {
  /** Runs one statement outside a batch, for migrations and commands. */
  execute(statement: string | Pick<Statement, 'sql' | 'args'>): Promise<{ rows: Row[] }>
  /** Runs statements that separate themselves by semicolons, and may begin and commit a transaction. */
  executeMultiple(sql: string): Promise<void>
  /**
   * Moves the log into the file. Later calls fail with `StorageUnavailable`. The driver lets go of the file itself when its
   * statements are collected, or the process ends.
   */
  close(): void
}

/** How long a call waits for another process that writes. Their transactions take milliseconds. */
const BUSY_TIMEOUT_MS = 2_000
/** The service has fewer statements than this; lists of varying length add some. */
const KEPT_STATEMENTS = 256
/** The primary codes of errors about the batch itself, as libSQL's server names them. */
const REFUSALS = new Map([
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [20, 'SQLITE_MISMATCH'],
  [25, 'SQLITE_RANGE'],
])

type Argument = Statement['args'][number]

/** A statement that was prepared once and runs many times. */
type Kept = (args: readonly Argument[]) => Row[]

/** @throws when the file cannot be opened as a database */
export function openEmbedded(url: string): EmbeddedDatabase {
  const path = filePath(url)
  let connection: Libsql.Database | null = open(path)
  const kept = new Map<string, Kept>()

  function opened(): Libsql.Database {
    if (connection) return connection
    throw new Error('The database is closed.')
  }

  function run(sql: string, args: readonly Argument[] = []): Row[] {
    const known = kept.get(sql)
    const statement = known ?? prepare(opened(), sql)
    // The map's order is the order of last use; the first is dropped when there are too many.
    if (known) kept.delete(sql)
    else if (kept.size >= KEPT_STATEMENTS) kept.delete(kept.keys().next().value ?? '')
    kept.set(sql, statement)
    return statement(args)
  }

  function transact(statements: readonly Statement[], mode: 'read' | 'write'): Row[][] {
    let isCommitting = false
    try {
      // Not kept: after BUSY, a kept BEGIN stays in progress and lets no later transaction commit.
      opened().exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN')
      const bind = mode === 'write' ? storable : comparable
      const rows = statements.map(({ sql, args }) => run(sql, args.map(bind)))
      isCommitting = true
      opened().exec('COMMIT')
      return rows
    } catch (error) {
      rollBack()
      throw toFailure(error, mode === 'write' && isCommitting)
    }
  }

  function rollBack(): void {
    if (!connection?.inTransaction) return
    try {
      connection.exec('ROLLBACK')
    } catch {
      // The connection is of no more use. Closing it rolls back.
      kept.clear()
      connection.close()
      connection = open(path)
    }
  }

  /** Other work has its turn before each call: a loop over the database does not keep requests waiting. */
  async function batch<const S extends readonly Statement[]>(
    statements: S,
    mode: 'read' | 'write',
  ): Promise<Results<S>> {
    await nextTurn()
    const rows = transact(statements, mode)
    return statements.map(({ parse }, index) => parse(rows[index] ?? [])) as Results<S>
  }

  return {
    read: (statements) => batch(statements, 'read'),
    write: (statements) => batch(statements, 'write'),
    async execute(statement) {
      const { sql, args } = typeof statement === 'string' ? { sql: statement, args: [] } : statement
      return { rows: run(sql, args) }
    },
    async executeMultiple(sql) {
      try {
        opened().exec(sql)
      } catch (error) {
        rollBack()
        throw error
      }
    },
    close() {
      if (!connection) return
      kept.clear()
      try {
        connection.pragma('wal_checkpoint(TRUNCATE)')
      } catch {
        // Somebody still reads. The log stays beside the file, and the next process to open it takes it in.
      }
      connection.close()
      connection = null
    },
  }
}

/** The path that a `file:` URL names, relative ones from the working directory, as SQLite reads them. */
export function filePath(url: string): string {
  const [, path] = /^file:(?:\/\/(?:localhost)?(?=\/))?((?!\/\/)[^?#]+)$/.exec(url) ?? []
  if (!path) throw new Error('LIBSQL_URL must be file: and a path, without host and parameters.')
  return decodeURIComponent(path)
}

function open(path: string): Libsql.Database {
  const connection = new Libsql(path, { timeout: BUSY_TIMEOUT_MS })
  // 2xx means durable: a commit is on the disk before it is answered, and survives a power cut.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'])
    connection.pragma(pragma)
  return connection
}

function prepare(connection: Libsql.Database, sql: string): Kept {
  const statement = connection.prepare(sql)
  if (statement.reader) return (args) => (statement.all(args) as Row[]).map(exact)
  return (args) => {
    statement.run(args)
    return []
  }
}

/** The driver reads text only up to a NUL, so such text is not written. Half a surrogate pair is replaced, as over HTTP. */
function storable(value: Argument): Argument {
  if (typeof value === 'string' && value.includes('\0'))
    throw new UnstorableText('Text with U+0000 cannot be stored.')
  return comparable(value)
}

/** The driver takes NaN for null, and ends the process over a boolean. */
function comparable(value: Argument): Argument {
  if (typeof value === 'string') return value.toWellFormed()
  if (value === null || Number.isFinite(value)) return value
  throw new Unstorable('Only text, finite numbers and null can be arguments of a statement.')
}

/** Over HTTP, too, an integer that a JavaScript number cannot hold is an error. */
function exact(row: Row): Row {
  for (const value of Object.values(row)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError('The database returned an integer that a number cannot hold.')
  }
  return row
}

function toFailure(error: unknown, outcomeUnknown: boolean): Error {
  if (error instanceof Unstorable) return error
  if (!(error instanceof Libsql.SqliteError)) return toStorageError(error, outcomeUnknown)
  // The low byte of an extended code is its primary code.
  const refusal = REFUSALS.get((error.rawCode ?? 0) & 0xff)
  return toStorageError(error, outcomeUnknown, refusal && `${refusal}: ${error.message}`)
}
