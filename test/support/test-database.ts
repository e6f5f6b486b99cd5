/** A database of a test, on a server or embedded. */
import type { Sqld } from '../../dev/sqld.ts'
import type { Database, Row, Statement } from '../../src/store/database.ts'
import type { EmbeddedDatabase } from '../../src/store/embedded.ts'

/** SQL with or without arguments. */
export type BareStatement = string | Pick<Statement, 'sql' | 'args'>

/** The database itself, past the service. */
export interface TestClient {
  execute(statement: BareStatement): Promise<{ rows: Row[] }>
  batch(statements: BareStatement[], mode: 'read' | 'write'): Promise<{ rows: Row[] }[]>
  close(): void
}

export interface TestDatabase {
  url: string
  client: TestClient
  /** Null: it is a server. */
  embedded: EmbeddedDatabase | null
  sqld: () => Sqld
  rows: (sql: string, args?: (string | number)[]) => Promise<Row[]>
  /** As the service opens it. */
  open: () => Database
  /** Empties every table. */
  clear: () => Promise<void>
  /** The same data behind the same address, after a crash. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}
