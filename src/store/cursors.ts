/** SQL for cursors: where a walk that spans several runs stopped. */
import type { Row, Statement } from './database.ts'
import { noRows } from './parse.ts'
import { query, type Query } from './query.ts'

/** The saved value, for the walk to parse. Null: the walk never began. */
export function selectCursor(name: string): Query {
  return query({ select: 'value', from: 'cursors WHERE name = ?', args: [name], parse: savedValue })
}

function savedValue([row]: readonly Row[]): unknown {
  const value = row?.['value']
  return typeof value === 'string' ? JSON.parse(value) : null
}

export function saveCursor(name: string, value: unknown, at: number): Statement<void> {
  return {
    sql: `INSERT INTO cursors (name, value, updated_at)
          VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
    args: [name, JSON.stringify(value), at],
    parse: noRows,
  }
}
