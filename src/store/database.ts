/**
 * libSQL over HTTP. One batch is one round trip and one transaction; every call has a deadline. Each request opens its
 * own client: a shared one queues requests behind the I/O of others, and workerd kills a request that waits like that.
 */
import { createClient, LibsqlError, type InStatement } from '@libsql/client/web'

/** The values of one row by column name. */
export type Row = Readonly<Record<string, unknown>>

/** One SQL statement, and how its rows are parsed. */
export interface Statement<Result = unknown> {
  sql: string
  args: (string | number | null)[]
  parse: (rows: readonly Row[]) => Result
}

/** The parsed result of each statement of a batch. */
export type Results<Statements extends readonly Statement[]> = {
  -readonly [I in keyof Statements]: Statements[I] extends Statement<infer Result> ? Result : never
}

export interface Database {
  /** Reads all statements from one snapshot. @throws StorageUnavailable, and what a parser throws */
  read<const S extends readonly Statement[]>(statements: S, options?: ReadOptions): Promise<Results<S>>
  /** Commits all statements or none. @throws Conflict, Unstorable, StorageUnavailable, and what a parser throws */
  write<const S extends readonly Statement[]>(statements: S): Promise<Results<S>>
}

export interface ReadOptions {
  /** False: a read that timed out is not sent again. It has cost the database much, and its caller may be anybody. */
  repeatTimeouts?: boolean
}

/** Reads named lists of statements in one batch. @throws as `read` does */
export async function readGroups<const G extends Record<string, readonly Statement[]>>(
  db: Pick<Database, 'read'>,
  groups: G,
): Promise<{ -readonly [Name in keyof G]: Results<G[Name]> }> {
  const results = await db.read(Object.values(groups).flat())
  let start = 0
  const grouped = Object.entries(groups).map(([name, { length }]) => {
    start += length
    return [name, results.slice(start - length, start)]
  })
  return Object.fromEntries(grouped) as { -readonly [Name in keyof G]: Results<G[Name]> }
}

/** A unique key was already taken: another writer committed first, and the database rolled the batch back. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** The database refuses the batch itself, so a retry would fail too. Nothing was committed. */
export class Unstorable extends Error {
  override readonly name: string = 'Unstorable'
}

/** A text contains U+0000. Embedded libSQL would read it back only up to there. */
export class UnstorableText extends Unstorable {
  override readonly name = 'UnstorableText'
}

/** The database gave no usable answer in time. `outcomeUnknown`: the batch may still have committed. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
  readonly outcomeUnknown: boolean
  constructor(message: string, options: { cause: unknown; outcomeUnknown: boolean }) {
    super(message, { cause: options.cause })
    this.outcomeUnknown = options.outcomeUnknown
  }
}

/** A batch takes milliseconds. A slower batch waits behind a writer that is stuck. */
const DEADLINE_MS = 4_000
/** libSQL has one writer. BUSY means that nothing was written, so a retry is safe; three retries were always enough. */
const BUSY_TRIES = 4
/** A read without an answer is safe to repeat, as long as its caller can still wait. */
const READ_TRIES = 3
const READS_END_MS = 5_000
/** Errors about the batch itself; a retry cannot help. */
const REFUSED = /^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)|HTTP status (400|413)/

export interface DatabaseWorld {
  url: string
  authToken: string | null
  fetch: typeof fetch
  now: () => number
  sleep: (ms: number) => Promise<void>
  random: () => number
  deadlineMs?: number | undefined
}

export function openDatabase(world: DatabaseWorld): Database {
  const { deadlineMs = DEADLINE_MS } = world
  const client = createClient({
    url: world.url,
    ...(world.authToken && { authToken: world.authToken }),
    intMode: 'number',
    fetch: (request: Request) => world.fetch(request, { signal: AbortSignal.timeout(deadlineMs) }),
  })

  /** Parses outside the retries: a row that cannot be parsed is no failure of the database. */
  async function batch<const S extends readonly Statement[]>(
    statements: S,
    mode: 'read' | 'write',
    options?: ReadOptions,
  ): Promise<Results<S>> {
    const rows = await send(statements.map(wellFormed), mode, options)
    return statements.map(({ parse }, index) => parse(rows[index] ?? [])) as Results<S>
  }

  async function send(
    statements: InStatement[],
    mode: 'read' | 'write',
    { repeatTimeouts = true }: ReadOptions = {},
  ): Promise<Row[][]> {
    const started = world.now()
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        const results = await client.batch(statements, mode)
        return results.map(({ rows }) => rows)
      } catch (error) {
        const again = isBusy(error)
          ? attempt < BUSY_TRIES
          : mode === 'read' &&
            attempt < READ_TRIES &&
            world.now() - started < READS_END_MS &&
            (repeatTimeouts || !isTimeout(error))
        const failure = toHttpError(error, mode)
        if (!again || failure instanceof Unstorable) throw failure
        // oxlint-disable-next-line no-await-in-loop
        await world.sleep(20 + world.random() * 60 * 2 ** attempt)
      }
    }
  }

  return {
    read: (statements, options) => batch(statements, 'read', options),
    write: (statements) => batch(statements, 'write'),
  }
}

/** The database cannot decode a batch that contains half a surrogate pair. */
function wellFormed({ sql, args }: Statement): InStatement {
  return { sql, args: args.map((value) => (typeof value === 'string' ? value.toWellFormed() : value)) }
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith('SQLITE_BUSY')
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** BUSY always rolls back. After any other failure of a write, the batch may have committed. */
function toHttpError(error: unknown, mode: 'read' | 'write'): Error {
  const refusal = error instanceof LibsqlError ? error.message : undefined
  return toStorageError(error, mode === 'write' && !isBusy(error), refusal)
}

/** `refusal`: the database's own error message, which starts with its code. */
export function toStorageError(cause: unknown, outcomeUnknown: boolean, refusal = ''): Error {
  if (refusal.includes('UNIQUE constraint failed')) return new Conflict(refusal, { cause })
  if (REFUSED.test(refusal)) return new Unstorable(refusal, { cause })
  const message = cause instanceof Error ? cause.message : 'no answer'
  return new StorageUnavailable(message, { cause, outcomeUnknown })
}
