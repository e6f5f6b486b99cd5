/** A statement of a test's own SQL; its result is its rows. */
import type { Row, Statement } from '../../src/store/database.ts'

export function sql(text: string, args: Statement['args'] = []): Statement<readonly Row[]> {
  return { sql: text, args, parse: (rows) => rows }
}
