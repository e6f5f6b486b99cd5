/**
 * libSQL over HTTP: one batch is one round trip and one transaction. Every call has a deadline. A client is made per
 * request: kept longer, its hidden queue lets one request wait for another's I/O, which workerd answers by killing it.
 */
import { createClient, LibsqlError, LibsqlBatchError, type InStatement, type Row } from '@libsql/client/web'

export type Statement = { sql: string; args: (string | number | null)[] }
export type { Row }

export interface Database {
  /** The rows of each statement, from one snapshot. */
  read(statements: readonly Statement[]): Promise<Row[][]>
  /** All of the statements or none. @throws Conflict, StorageUnavailable */
  write(statements: readonly Statement[]): Promise<Row[][]>
}

/** A key was taken: somebody else was first, and nothing of the batch was kept. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
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
const DEADLINE_MS = 5_000
/** libSQL has one writer. BUSY means that nothing was written, so trying again is safe; three tries cured all seen. */
const BUSY_TRIES = 4

export function openDatabase(world: {
  url: string
  authToken: string | null
  fetch: typeof fetch
  sleep: (ms: number) => Promise<void>
  random: () => number
}): Database {
  const client = createClient({
    url: world.url,
    ...(world.authToken && { authToken: world.authToken }),
    intMode: 'number',
    fetch: (request: Request) => world.fetch(request, { signal: AbortSignal.timeout(DEADLINE_MS) }),
  })

  async function batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Row[][]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        const results = await client.batch([...statements] as InStatement[], mode)
        return results.map(({ rows }) => rows)
      } catch (error) {
        if (!isBusy(error) || attempt === BUSY_TRIES) throw toStorageError(error, mode)
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

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith('SQLITE_BUSY')
}

function toStorageError(error: unknown, mode: 'read' | 'write'): Error {
  if (error instanceof LibsqlError && error.message.includes('UNIQUE constraint failed')) {
    return new Conflict(error.message, { cause: error })
  }
  // SQLite answered: the batch was rolled back. Anything else may have been lost on the way back.
  const answered =
    error instanceof LibsqlBatchError || (error instanceof LibsqlError && error.code.startsWith('SQLITE_'))
  const message = error instanceof Error ? error.message : 'no answer'
  return new StorageUnavailable(message, { cause: error, outcomeUnknown: mode === 'write' && !answered })
}
