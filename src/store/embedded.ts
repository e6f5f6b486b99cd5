/**
 * libSQL embedded in this process, with its database in a file: one connection, WAL, and each commit synced to disk before it
 * returns. The driver is synchronous and blocks the event loop, so long reads belong in another process.
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
  /** Runs statements separated by semicolons. They may begin and commit a transaction of their own. */
  executeMultiple(sql: string): Promise<void>
  /**
   * Moves the write-ahead log into the database file. Later batches fail with `StorageUnavailable`. The driver closes the
   * file only when its statements are garbage-collected or the process exits.
   */
  close(): void
}

/** How long a batch waits while another process writes. Write transactions take milliseconds. */
const BUSY_TIMEOUT_MS = 2_000
/** More than the service has. The bound exists for statements whose text depends on the length of a list. */
const MAX_PREPARED = 256
/** SQLite's primary error codes that blame the batch itself, with the names that libSQL's server gives them. */
const REFUSALS = new Map([
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [20, 'SQLITE_MISMATCH'],
  [25, 'SQLITE_RANGE'],
])

type Argument = Statement['args'][number]

/** A statement that is prepared once and run many times. */
type PreparedStatement = (args: readonly Argument[]) => Row[]

/** @throws when the file cannot be opened as a database */
export function openEmbedded(url: string): EmbeddedDatabase {
  const path = filePath(url)
  let connection: Libsql.Database | null = open(path)
  const prepared = new Map<string, PreparedStatement>()

  function opened(): Libsql.Database {
    if (connection) return connection
    throw new Error('The database is closed.')
  }

  function run(sql: string, args: readonly Argument[] = []): Row[] {
    const known = prepared.get(sql)
    const statement = known ?? prepare(opened(), sql)
    // The map is ordered by last use. When it is full, the least recently used statement goes.
    if (known) prepared.delete(sql)
    else if (prepared.size >= MAX_PREPARED) prepared.delete(prepared.keys().next().value ?? '')
    prepared.set(sql, statement)
    return statement(args)
  }

  function transact(statements: readonly Statement[], mode: 'read' | 'write'): Row[][] {
    let isCommitting = false
    try {
      // Never a prepared BEGIN: after BUSY it stays in progress, and no later transaction can commit.
      opened().exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN')
      const bind = mode === 'write' ? toStored : toArgument
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
      // The connection is unusable. Closing it rolls back.
      prepared.clear()
      connection.close()
      connection = open(path)
    }
  }

  /** Yields to the event loop first, so that a loop of batches does not starve other requests. */
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
      prepared.clear()
      try {
        connection.pragma('wal_checkpoint(TRUNCATE)')
      } catch {
        // Another process still reads. The log stays beside the file until a later process checkpoints it.
      }
      connection.close()
      connection = null
    },
  }
}

/** The path in a `file:` URL. A relative path starts at the working directory, as in SQLite. */
export function filePath(url: string): string {
  const [, path] = /^file:(?:\/\/(?:localhost)?(?=\/))?((?!\/\/)[^?#]+)$/.exec(url) ?? []
  if (!path)
    throw new Error('LIBSQL_URL must be file: followed by a path, without a host and without parameters.')
  return decodeURIComponent(path)
}

function open(path: string): Libsql.Database {
  const connection = new Libsql(path, { timeout: BUSY_TIMEOUT_MS })
  // A 2xx answer means durable: synchronous=FULL puts each commit on disk, so that it survives a power cut.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'])
    connection.pragma(pragma)
  return connection
}

function prepare(connection: Libsql.Database, sql: string): PreparedStatement {
  const statement = connection.prepare(sql)
  if (statement.reader) return (args) => (statement.all(args) as Row[]).map(requireSafeIntegers)
  return (args) => {
    statement.run(args)
    return []
  }
}

/** @throws UnstorableText for text with U+0000, which the driver would read back only up to there */
function toStored(value: Argument): Argument {
  if (typeof value === 'string' && value.includes('\0'))
    throw new UnstorableText('Text with U+0000 cannot be stored.')
  return toArgument(value)
}

/**
 * Replaces half a surrogate pair by U+FFFD, as happens over HTTP. The driver would bind NaN as null, and would abort the process
 * over a boolean.
 */
function toArgument(value: Argument): Argument {
  if (typeof value === 'string') return value.toWellFormed()
  if (value === null || Number.isFinite(value)) return value
  throw new Unstorable('Arguments of a statement must be text, finite numbers or null.')
}

/** @throws RangeError for an integer that a JavaScript number cannot hold, as the client over HTTP does */
function requireSafeIntegers(row: Row): Row {
  for (const value of Object.values(row)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError('The database returned an integer that a number cannot hold.')
  }
  return row
}

function toFailure(error: unknown, outcomeUnknown: boolean): Error {
  if (error instanceof Unstorable) return error
  if (!(error instanceof Libsql.SqliteError)) return toStorageError(error, outcomeUnknown)
  // The low byte of an extended error code is the primary code.
  const refusal = REFUSALS.get((error.rawCode ?? 0) & 0xff)
  return toStorageError(error, outcomeUnknown, refusal && `${refusal}: ${error.message}`)
}
