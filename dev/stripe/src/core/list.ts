import type Stripe from 'stripe'
import { checkRange, invalidParameter, noSuch } from './errors.ts'
import type { Table } from './table.ts'

/** The parameters of every list. */
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
  /** What Stripe calls the object in its error about an unknown cursor: “No such payout: 'po_…'”. */
  readonly kind: string
  readonly where?: (value: T) => boolean
  readonly view: (value: T) => V
}

/** One page of a table, newest first. It walks from the cursor, so the cost does not depend on the list's length. */
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

/** Whether a value matches a filter such as `created`: an exact second, or bounds. */
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
