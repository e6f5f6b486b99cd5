/** Lists: `{data, has_more, next_cursor}`. A cursor names the last row shown; callers keep it as it is. */
import { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() })
}

/** `rows` holds one more than was asked for when there is another page. */
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

/** A place in a list ordered by a number, then by id. */
export interface Place {
  at: number
  id: string
}

export function toCursor({ at, id }: Place): string {
  return Buffer.from(`${at}.${id}`).toString('base64url')
}

/** @throws Problem invalid_request */
export function fromCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [at = '', ...id] = Buffer.from(cursor, 'base64url').toString().split('.')
  if (!/^\d{1,15}$/.test(at) || id.length === 0) {
    throw new Problem('invalid_request', 'The cursor is not one this list gave.', {
      members: { errors: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
    })
  }
  return { at: Number(at), id: id.join('.') }
}
