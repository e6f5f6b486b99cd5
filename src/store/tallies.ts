/** The SQL of counts that are kept as rows. Those of states and events are kept by triggers. */
import type { Row, Statement } from './database.ts'
import { TallyRow } from './rows.ts'

export function selectTallies(): Statement {
  return {
    sql: 'SELECT name, key, count, skipped FROM tallies WHERE count > 0 OR skipped > 0 ORDER BY name, key',
    args: [],
  }
}

export function addToTally(name: string, key: string, count: number): Statement {
  return {
    sql: `INSERT INTO tallies (name, key, count)
          VALUES (?, ?, ?)
          ON CONFLICT (name, key) DO UPDATE SET count = count + excluded.count`,
    args: [name, key, count],
  }
}

export function parseTallies(rows: readonly Row[]): TallyRow[] {
  return rows.map((row) => TallyRow.parse(row))
}
