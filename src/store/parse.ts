/** The usual row parsers of a statement. */
import { z } from 'zod'
import type { Row, Statement } from './database.ts'

/** A column that holds JSON text. */
export function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)
}

export function allRows<T>(schema: z.ZodType<T>): (rows: readonly Row[]) => T[] {
  return (rows) => rows.map((row) => schema.parse(row))
}

export function firstRow<T>(schema: z.ZodType<T>): (rows: readonly Row[]) => T | null {
  return ([row]) => (row ? schema.parse(row) : null)
}

/** The one row that an aggregate query always returns. */
export function onlyRow<T>(schema: z.ZodType<T>): (rows: readonly Row[]) => T {
  return ([row]) => schema.parse(row)
}

export function hasRows(rows: readonly Row[]): boolean {
  return rows.length > 0
}

export function countRows(rows: readonly Row[]): number {
  return rows.length
}

/** For a write that returns no rows. */
export function noRows(): void {}

/** The same statement; its result goes through `map`. */
export function mapResult<From, To>(statement: Statement<From>, map: (result: From) => To): Statement<To> {
  return { ...statement, parse: (rows) => map(statement.parse(rows)) }
}
