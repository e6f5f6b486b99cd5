import { netAvailable } from '../payments/balance-view.ts'
import { isHash } from './diff.ts'
import { invalidParameter } from './errors.ts'
import { lookup } from './lookup.ts'
import type { World } from './world.ts'

/** Follows `expand[]` paths: an id becomes the object it names (https://docs.stripe.com/api/expanding_objects). */
export function expand(world: World, scope: string, body: object, params: unknown): object {
  const paths: unknown = isHash(params) ? params['expand'] : undefined
  if (!Array.isArray(paths)) return body
  let expanded: unknown = body
  for (const path of paths) {
    if (typeof path === 'string') expanded = follow(world, scope, expanded, path.split('.'), path)
  }
  return isHash(expanded) ? expanded : body
}

/** Four levels, as Stripe allows. */
const DEEPEST = 4

function follow(
  world: World,
  scope: string,
  value: unknown,
  path: readonly string[],
  whole: string,
): unknown {
  const [field, ...rest] = path
  if (field === undefined) return value
  if (path.length > DEEPEST) throw cannot(whole)
  if (Array.isArray(value)) return value.map((item: unknown) => follow(world, scope, item, path, whole))
  if (!isHash(value)) return value
  const found = field in value ? value[field] : includable(world, scope, value, field)
  if (found === undefined) throw cannot(whole)
  const object = typeof found === 'string' ? lookup(world, scope, found) : found
  if (typeof object !== 'object') throw cannot(whole)
  return { ...value, [field]: follow(world, scope, object, rest, whole) }
}

/** Fields that are left out unless asked for. */
function includable(world: World, scope: string, value: Record<string, unknown>, field: string): unknown {
  if (value['object'] === 'charge' && field === 'refunds') return refundsOf(world, scope, String(value['id']))
  if (value['object'] === 'checkout.session' && field === 'line_items') {
    return world.tables.checkouts.get(String(value['id']))?.lineItems
  }
  if (field === 'net_available') return netAvailable(world, scope, value)
  return undefined
}

function refundsOf({ tables }: World, scope: string, charge: string): object {
  const refunds = tables.refunds.ids(scope).map((id) => tables.refunds.get(id))
  const data = refunds.filter((refund) => refund?.charge === charge).reverse()
  return { object: 'list', data, has_more: false, url: `/v1/charges/${charge}/refunds` }
}

function cannot(path: string): Error {
  return invalidParameter(`This property cannot be expanded (${path}).`, { param: 'expand' })
}
