/** Whether the database is there for us: it takes a write, and has the tables this build needs. */
import { MIGRATIONS } from '../../migrations/manifest.ts'
import type { Database } from './database.ts'

/** Reads go on while writes are stuck, so only a write tells. The names of missing migrations; empty: ready. */
export async function missingMigrations(db: Database, now: number): Promise<string[]> {
  const [rows = []] = await db.write([
    { sql: 'SELECT name FROM migrations', args: [] },
    {
      sql: `INSERT INTO cursors (name, value, updated_at)
            VALUES ('readyz', 'null', ?)
            ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`,
      args: [now],
    },
  ])
  const applied = new Set(rows.map(({ name }) => name))
  return MIGRATIONS.filter((name) => !applied.has(name))
}
