/** Lists: `{data, has_more, next_cursor}`. A cursor names the last row of a page and is opaque to the client. */
import { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

/** `?limit=&cursor=` of every list. Strict, because ignoring a misspelt filter would return a different list. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
})

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() })
}

/** `rows` holds `limit` + 1 rows when there is another page. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  { item, cursor }: { item: (row: R) => T; cursor: (row: R) => string },
): { data: T[]; has_more: boolean; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit
  return {
    data: shown.map(item),
    has_more: more,
    next_cursor: more && last !== undefined ? cursor(last) : null,
  }
}

/** A position in a list that is ordered by a number, then by id. */
export interface Position {
  at: number
  id: string
}

export function toCursor({ at, id }: Position): string {
  return Buffer.from(`${at}.${id}`).toString('base64url')
}

/** @throws Problem invalid_request */
export function fromCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined
  const [at = '', ...id] = Buffer.from(cursor, 'base64url').toString().split('.')
  if (!/^\d{1,15}$/.test(at) || id.length === 0) {
    throw new Problem(
      'invalid_request',
      'This list never returned that cursor. Send a `next_cursor` of this list.',
      {
        members: { errors: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
      },
    )
  }
  return { at: Number(at), id: id.join('.') }
}
