/**
 * libSQL over HTTP: one batch is one round trip and one transaction. Every call has a deadline. A client is made per
 * request: kept longer, its hidden queue lets one request wait for another's I/O, which workerd answers by killing it.
 */
import { createClient, LibsqlError, type InStatement, type Row } from '@libsql/client/web'

export type Statement = { sql: string; args: (string | number | null)[] }
export type { Row }

export interface Database {
  /** The rows of each statement, from one snapshot. @throws StorageUnavailable */
  read(statements: readonly Statement[]): Promise<Row[][]>
  /** All of the statements or none. @throws Conflict, Unstorable, StorageUnavailable */
  write(statements: readonly Statement[]): Promise<Row[][]>
}

/** A key was taken: somebody else was first, and nothing of the batch was kept. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** The database understood the batch and will never take it: nothing was kept, and trying again would say the same. */
export class Unstorable extends Error {
  override readonly name = 'Unstorable'
}

/** No answer in time, or none that can be used. `outcomeUnknown`: the batch may have committed all the same. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
  readonly outcomeUnknown: boolean
  constructor(message: string, options: { cause: unknown; outcomeUnknown: boolean }) {
    super(message, { cause: options.cause })
    this.outcomeUnknown = options.outcomeUnknown
  }
}

/** A batch takes milliseconds; one that takes longer is stuck behind a writer that is. */
const DEADLINE_MS = 4_000
/** libSQL has one writer. BUSY means that nothing was written, so trying again is safe; three tries cured all seen. */
const BUSY_TRIES = 4
/** A read that was not answered may simply be put again, while its caller can still wait. */
const READ_TRIES = 3
const READS_END_MS = 5_000
/** What the batch itself is refused for, rather than the moment it came in. */
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

  async function batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Row[][]> {
    const started = world.now()
    const sent = statements.map(wellFormed) as InStatement[]
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        const results = await client.batch(sent, mode)
        return results.map(({ rows }) => rows)
      } catch (error) {
        const again = isBusy(error)
          ? attempt < BUSY_TRIES
          : mode === 'read' && attempt < READ_TRIES && world.now() - started < READS_END_MS
        const failure = toStorageError(error, mode)
        if (!again || failure instanceof Unstorable) throw failure
        // oxlint-disable-next-line no-await-in-loop
        await world.sleep(20 + world.random() * 60 * 2 ** attempt)
      }
    }
  }

  return {
    read: (statements) => batch(statements, 'read'),
    write: (statements) => batch(statements, 'write'),
  }
}

/** Half a surrogate pair is no character; sent as it is, the whole batch could not be read. */
function wellFormed({ sql, args }: Statement): Statement {
  return { sql, args: args.map((value) => (typeof value === 'string' ? value.toWellFormed() : value)) }
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith('SQLITE_BUSY')
}

function toStorageError(error: unknown, mode: 'read' | 'write'): Error {
  if (error instanceof LibsqlError && error.message.includes('UNIQUE constraint failed')) {
    return new Conflict(error.message, { cause: error })
  }
  if (error instanceof LibsqlError && REFUSED.test(error.message)) {
    return new Unstorable(error.message, { cause: error })
  }
  // BUSY rolls back for certain. Any other answer, or none, says nothing of what was done before it was lost.
  const message = error instanceof Error ? error.message : 'no answer'
  return new StorageUnavailable(message, { cause: error, outcomeUnknown: mode === 'write' && !isBusy(error) })
}
