/**
 * Reads that a route asks for together with its caller's key. `admittedBy` makes such a read start at the key's row: for a
 * key that is not let in, SQLite finds no row to join with, and reads nothing else.
 */
import type { Row, Statement } from './database.ts'

/** A read whose text is known in two parts, so that a key can be put before the tables. */
export interface Query<Result = unknown> extends Statement<Result> {
  select: string
  /** The tables and all that follows them; null: the selected values need none. */
  from: string | null
}

/** Every argument belongs to `from`, because the arguments of the key come before it. */
export function query<Result>({
  select,
  from,
  args = [],
  parse,
}: {
  select: string
  from: string | null
  args?: Statement['args']
  parse: (rows: readonly Row[]) => Result
}): Query<Result> {
  return {
    select,
    from,
    args,
    parse,
    sql: from === null ? `SELECT ${select}` : `SELECT ${select} FROM ${from}`,
  }
}

/** What the row of a key must meet. The database checks it, so that the check costs no round trip of its own. */
export interface Admission {
  id: string
  secretHash: string
  livemode: boolean
  /** The key needs one of these. */
  scopes: readonly string[]
  now: number
}

/**
 * The same read, for this key only. Its rows are parsed on demand: those of a key that is not let in are missing, and no
 * parser expects that.
 *
 * The key's row comes first through CROSS JOIN, which SQLite never reorders. A condition such as EXISTS would not do: SQLite
 * evaluates it for each row of the scan.
 */
export function admittedBy<Result>(admission: Admission, read: Query<Result>): Statement<() => Result> {
  const { id, secretHash, livemode, scopes, now } = admission
  // The column is a JSON array of names without quotation marks, so a name in quotation marks is found whole or not at all.
  const hasScope = scopes.map(() => 'instr(scopes, ?) > 0').join(' OR ') || 'false'
  const key = `(
            SELECT 1
            FROM clients
            WHERE id = ?
              AND secret_hash = ?
              AND livemode = ?
              AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > ?)
              AND (${hasScope})
          ) AS admission`
  return {
    sql: `SELECT ${read.select}
          FROM ${read.from === null ? key : `${key} CROSS JOIN ${read.from}`}`,
    args: [id, secretHash, livemode ? 1 : 0, now, ...scopes.map((scope) => `"${scope}"`), ...read.args],
    parse: (rows) => () => read.parse(rows),
  }
}

/** The results of queries, in their order. */
export type QueryResults<Queries extends readonly Query[]> = {
  -readonly [I in keyof Queries]: Queries[I] extends Query<infer Result> ? Result : never
}
