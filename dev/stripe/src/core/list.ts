import type Stripe from 'stripe'
import { checkRange } from './check-range.ts'
import { invalidParameter, noSuch } from './errors.ts'
import type { Table } from './table.ts'

/** What every list takes. */
export interface ListParams {
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
  readonly created?: number | Stripe.RangeQueryParam
}

interface ListOptions<T, V> {
  readonly owner: string
  readonly params: ListParams
  readonly url: string
  /** The name Stripe prints for an unknown cursor. */
  readonly kind: string
  readonly where?: (value: T) => boolean
  readonly view: (value: T) => V
}

/** One page of a table, newest first, walked from the cursor so that a page costs the same however long the list is. */
export function listPage<T, V>(table: Table<T>, options: ListOptions<T, V>): Stripe.ApiList<V> {
  const { owner, params, url, kind, where, view } = options
  const limit = params.limit ?? 10
  checkRange(limit, 'limit', { most: 100 })
  const { starting_after: after, ending_before: before } = params
  if (after !== undefined && before !== undefined) throw invalidParameter(BOTH_CURSORS)

  const ids = table.ids(owner)
  const backwards = before !== undefined
  const cursor = after ?? before
  const start = cursor === undefined ? ids.length : table.position(owner, cursor)
  if (cursor !== undefined && start < 0) {
    throw noSuch(kind, cursor, backwards ? 'ending_before' : 'starting_after', 400)
  }

  const data: V[] = []
  let hasMore = false
  for (let at = start + (backwards ? 1 : -1); at >= 0 && at < ids.length; at += backwards ? 1 : -1) {
    const value = table.get(ids[at] ?? '')
    if (value === undefined || where?.(value) === false) continue
    if (data.length === limit) {
      hasMore = true
      break
    }
    data.push(view(value))
  }
  return { object: 'list', data: backwards ? data.reverse() : data, has_more: hasMore, url }
}

/** Stripe's `created` filter and its like: an exact second, or bounds. */
export function inRange(value: number, range: number | Stripe.RangeQueryParam | undefined): boolean {
  if (range === undefined) return true
  if (typeof range === 'number') return value === range
  return (
    (range.gt === undefined || value > range.gt) &&
    (range.gte === undefined || value >= range.gte) &&
    (range.lt === undefined || value < range.lt) &&
    (range.lte === undefined || value <= range.lte)
  )
}

const BOTH_CURSORS = 'Received both starting_after and ending_before parameters. Please pass in only one.'
