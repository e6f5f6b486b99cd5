/** The SQL of cursors: where a walk that takes more than one sitting stopped. */
import type { Row, Statement } from './database.ts'

export function selectCursor(name: string): Statement {
  return { sql: 'SELECT value FROM cursors WHERE name = ?', args: [name] }
}

/** What was kept, for its walk to parse; null: it never began. */
export function parseCursor(rows: readonly Row[]): unknown {
  const value = rows[0]?.['value']
  return typeof value === 'string' ? JSON.parse(value) : null
}

export function saveCursor(name: string, value: unknown, at: number): Statement {
  return {
    sql: `INSERT INTO cursors (name, value, updated_at)
          VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
    args: [name, JSON.stringify(value), at],
  }
}
