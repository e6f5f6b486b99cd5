/** Whether the database takes a write and has every table that this build needs. */
import { z } from 'zod'
import { MIGRATIONS } from '../../migrations/manifest.ts'
import type { Database, Statement } from './database.ts'
import { allRows, noRows } from './parse.ts'

/** Names of missing migrations; none: ready. Reads succeed while writes are stuck, so this also writes. */
export async function missingMigrations(db: Database, now: number): Promise<string[]> {
  const [applied] = await db.write([selectMigrations(), touchReadiness(now)])
  return MIGRATIONS.filter((name) => !applied.includes(name))
}

function selectMigrations(): Statement<string[]> {
  const name = z.object({ name: z.string() }).transform((row) => row.name)
  return { sql: 'SELECT name FROM migrations', args: [], parse: allRows(name) }
}

function touchReadiness(now: number): Statement<void> {
  return {
    sql: `INSERT INTO cursors (name, value, updated_at)
            VALUES ('readyz', 'null', ?)
            ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`,
    args: [now],
    parse: noRows,
  }
}
