import { accountView } from '../accounts/view.ts'
import { invalidParameter } from '../core/errors.ts'
import { isHash } from '../core/json.ts'
import type { World } from '../core/world.ts'
import { netAvailable } from '../payments/balance.ts'

/** Applies the `expand[]` paths: an id becomes the object that it names (https://docs.stripe.com/api/expanding_objects). */
export function expand(world: World, scope: string, body: object, params: unknown): object {
  const paths: unknown = isHash(params) ? params['expand'] : undefined
  if (!Array.isArray(paths)) return body
  let expanded: unknown = body
  for (const path of paths) {
    if (typeof path === 'string') expanded = follow(world, scope, expanded, path.split('.'), path)
  }
  return isHash(expanded) ? expanded : body
}

/** Stripe allows four levels. */
const MAX_DEPTH = 4

function follow(
  world: World,
  scope: string,
  value: unknown,
  path: readonly string[],
  whole: string,
): unknown {
  const [field, ...rest] = path
  if (field === undefined) return value
  if (path.length > MAX_DEPTH) throw notExpandable(whole)
  if (Array.isArray(value)) return value.map((item: unknown) => follow(world, scope, item, path, whole))
  if (!isHash(value)) return value
  const found = field in value ? value[field] : includable(world, scope, value, field)
  if (found === undefined) throw notExpandable(whole)
  const object = typeof found === 'string' ? lookup(world, scope, found) : found
  if (typeof object !== 'object') throw notExpandable(whole)
  return { ...value, [field]: follow(world, scope, object, rest, whole) }
}

/** Fields that are absent unless expanded. */
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

function notExpandable(path: string): Error {
  return invalidParameter(`This property cannot be expanded (${path}).`, { param: 'expand' })
}

/** The object that an id names, if the scope may see it. Application fees always belong to the platform. */
function lookup(world: World, scope: string, id: string): object | undefined {
  const { tables, platform } = world
  switch (id.slice(0, id.indexOf('_'))) {
    case 'acct': {
      const record = tables.accounts.get(id)
      return record && accountView(world, record)
    }
    case 'ch':
    case 'py':
      return tables.charges.get(id)
    case 'pi':
      return tables.paymentIntents.owned(scope, id)
    case 'pm':
      return tables.paymentMethods.owned(scope, id)?.method
    case 're':
    case 'pyr':
      return tables.refunds.owned(scope, id)
    case 'txn':
      return tables.balanceTransactions.owned(scope, id)
    case 'dp':
    case 'du':
      return tables.disputes.owned(scope, id)
    case 'po':
      return tables.payouts.owned(scope, id)
    case 'fee':
      return tables.applicationFees.owned(platform.account, id)
    case 'ca':
      return { id, object: 'application', name: platform.name }
    case 'ba':
    case 'card':
      return tables.accounts.get(scope)?.account.external_accounts?.data.find((one) => one.id === id)
    default:
      return undefined
  }
}
