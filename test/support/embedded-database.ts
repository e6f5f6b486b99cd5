/**
 * The embedded database for tests that also run over HTTP (`DATABASE=embedded`). The service's calls pass through its `fetch`,
 * as calls to a server do. There a test counts, delays and loses them, or kills the process before or after a commit.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations, readMigrations } from '../../migrations/apply.ts'
import {
  Conflict,
  StorageUnavailable,
  Unstorable,
  UnstorableText,
  type Database,
  type Results,
  type Row,
  type Statement,
} from '../../src/store/database.ts'
import { openEmbedded, type EmbeddedDatabase } from '../../src/store/embedded.ts'
import { sql } from './sql.ts'
import type { BareStatement, TestDatabase } from './test-database.ts'

/** The address of the database, as `fetch` sees it. */
export const EMBEDDED_URL = 'http://embedded.test/'

/** Linux's folder in memory. These suites make thousands of synced commits and claim nothing about the disk. */
const MEMORY = '/dev/shm'

type BatchResponse =
  | { rows: (readonly Row[])[] }
  | { error: { name: string; message: string; outcomeUnknown?: boolean } }

export async function startEmbeddedDatabase(
  parent = existsSync(MEMORY) ? MEMORY : tmpdir(),
): Promise<TestDatabase> {
  const dir = await mkdtemp(join(parent, 'gatehouse-'))
  const url = `file:${join(dir, 'gatehouse.db')}`
  const embedded = openEmbedded(url)
  await applyMigrations(embedded, await readMigrations())
  const names = await tablesOf(embedded)
  const batch = (statements: readonly BareStatement[]) => embedded.write(statements.map(withRowParser))
  return {
    url,
    embedded,
    client: {
      execute: (statement) => embedded.execute(withRowParser(statement)),
      batch: async (statements) => (await batch(statements)).map((rows) => ({ rows: [...rows] })),
      close: () => embedded.close(),
    },
    sqld: () => {
      throw new Error('This test needs a libSQL server, and the database is embedded.')
    },
    rows: async (text, args = []) => (await embedded.execute({ sql: text, args })).rows,
    open: () => embedded,
    clear: async () => void (await batch(names.map((table) => `DELETE FROM ${table}`))),
    restart: async () => {},
    stop: async () => {
      embedded.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The tables to empty between tests. `tallies` comes last: deleting rows of the other tables changes it. */
export async function tablesOf(client: {
  execute(sql: string): Promise<{ rows: readonly Row[] }>
}): Promise<string[]> {
  const { rows } = await client.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('migrations') AND name NOT LIKE 'sqlite_%'",
  )
  return rows.map(({ name }) => String(name)).toSorted((a) => (a === 'tallies' ? 1 : -1))
}

/** Opens an embedded database whose every batch is one call of `fetchThrough`. `answerBatch` answers it. */
export function openThrough(fetchThrough: typeof fetch): Database {
  async function batch<const S extends readonly Statement[]>(
    statements: S,
    mode: 'read' | 'write',
  ): Promise<Results<S>> {
    const body = JSON.stringify({ mode, statements: statements.map(({ sql: text, args }) => [text, args]) })
    let result: BatchResponse
    try {
      const response = await fetchThrough(new Request(EMBEDDED_URL, { method: 'POST', body }))
      result = (await response.json()) as BatchResponse
    } catch (cause) {
      throw new StorageUnavailable('no answer', { cause, outcomeUnknown: mode === 'write' })
    }
    if ('error' in result) throw toError(result.error)
    const { rows } = result
    return statements.map(({ parse }, index) => parse(rows[index] ?? [])) as Results<S>
  }
  return {
    read: (statements) => batch(statements, 'read'),
    write: (statements) => batch(statements, 'write'),
  }
}

/** Answers one batch of `openThrough`. */
export async function answerBatch(embedded: EmbeddedDatabase, request: Request): Promise<Response> {
  const { mode, statements } = (await request.json()) as {
    mode: 'read' | 'write'
    statements: [string, Statement['args']][]
  }
  try {
    const rows = await embedded[mode](statements.map(([text, args]) => sql(text, args)))
    return Response.json({ rows } satisfies BatchResponse)
  } catch (error) {
    const { name, message, outcomeUnknown } = error as Error & { outcomeUnknown?: boolean }
    return Response.json({
      error: { name, message, ...(outcomeUnknown && { outcomeUnknown }) },
    } satisfies BatchResponse)
  }
}

function toError({
  name,
  message,
  outcomeUnknown = false,
}: Extract<BatchResponse, { error: unknown }>['error']) {
  if (name === 'Conflict') return new Conflict(message)
  if (name === 'StorageUnavailable') return new StorageUnavailable(message, { cause: name, outcomeUnknown })
  return name === 'UnstorableText' ? new UnstorableText(message) : new Unstorable(message)
}

function withRowParser(statement: BareStatement): Statement<readonly Row[]> {
  return typeof statement === 'string' ? sql(statement) : sql(statement.sql, statement.args)
}
