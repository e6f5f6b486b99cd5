/** The database of a test: on a libSQL server, or embedded in the test's process. */
import type { Sqld } from '../../dev/sqld.ts'
import type { Database, Row, Statement } from '../../src/store/database.ts'
import type { EmbeddedDatabase } from '../../src/store/embedded.ts'

/** One SQL statement with or without arguments, and without a row parser. */
export type BareStatement = string | Pick<Statement, 'sql' | 'args'>

/** Direct access to the database, without the service's `Database`. */
export interface TestClient {
  execute(statement: BareStatement): Promise<{ rows: Row[] }>
  batch(statements: BareStatement[], mode: 'read' | 'write'): Promise<{ rows: Row[] }[]>
  close(): void
}

export interface TestDatabase {
  url: string
  client: TestClient
  /** Null if the database is on a server. */
  embedded: EmbeddedDatabase | null
  sqld: () => Sqld
  rows: (sql: string, args?: (string | number)[]) => Promise<Row[]>
  /** Opens it as the service does. */
  open: () => Database
  /** Empties every table. */
  clear: () => Promise<void>
  /** Restarts the server with the same data and address. An embedded database has none. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}
