/** SQL of tests: their own statements, and the rows that other statements write. */
import type { Row, Statement } from '../../src/store/database.ts'

export function sql(text: string, args: Statement['args'] = []): Statement<readonly Row[]> {
  return { sql: text, args, parse: (rows) => rows }
}

/** The row that an INSERT writes, by column name. Arguments after the row belong to its ON CONFLICT clause. */
export function insertedRow({ sql: text, args }: Statement): Record<string, string | number | null> {
  const columns = /^INSERT INTO \w+\s*\(([^)]*)\)/.exec(text)?.[1]?.split(',') ?? []
  return Object.fromEntries(columns.map((column, index) => [column.trim(), args[index] ?? null]))
}

/** The table that a statement writes. */
export function tableOf({ sql: text }: Statement): string {
  return /^(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)/.exec(text)?.[1] ?? text
}

/** The rows that the statements insert into a table. */
export function rowsInto(
  table: string,
  statements: readonly Statement[],
): Record<string, string | number | null>[] {
  return statements
    .filter((statement) => statement.sql.startsWith('INSERT') && tableOf(statement) === table)
    .map(insertedRow)
}
