import type Stripe from 'stripe'
import { invalidParameter, missingParameter, noSuch } from '../core/errors.ts'
import { type World, newId } from '../core/world.ts'
import { checkCurrency } from '../payments/amounts.ts'

type ItemParams = Stripe.Checkout.SessionCreateParams.LineItem

export interface Order {
  readonly items: readonly Stripe.LineItem[]
  readonly currency: string
  readonly total: number
}

/** The line items with their total. Prices are inline, since the simulator has no product catalogue. */
export function orderOf(world: World, params: readonly ItemParams[] | undefined): Order {
  const [first] = params ?? []
  if (params === undefined || first === undefined) throw missingParameter('line_items')
  const items = params.map((item, index) => lineItem(world, item, `line_items[${index}]`))
  const currency = items[0]?.currency ?? ''
  if (items.some((item) => item.currency !== currency)) {
    throw invalidParameter('All line items must have the same currency.', { param: 'line_items' })
  }
  return { items, currency, total: items.reduce((sum, { amount_total: amount }) => sum + amount, 0) }
}

function lineItem(world: World, params: ItemParams, param: string): Stripe.LineItem {
  if (params.price !== undefined) throw noSuch('price', params.price, `${param}[price]`, 400)
  const data = params.price_data
  if (data === undefined) throw missingParameter(`${param}[price_data]`)
  if (data.unit_amount === undefined) throw missingParameter(`${param}[price_data][unit_amount]`)
  if (params.quantity === undefined) throw missingParameter(`${param}[quantity]`)
  const currency = checkCurrency(data.currency, `${param}[price_data][currency]`)
  const amount = data.unit_amount * params.quantity
  return {
    id: newId(world, 'li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency,
    description: data.product_data?.name ?? null,
    metadata: {},
    price: priceOf(world, currency, data.unit_amount),
    quantity: params.quantity,
  }
}

function priceOf(world: World, currency: string, amount: number): Stripe.Price {
  const price = {
    id: newId(world, 'price'),
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: world.clock.seconds(),
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: newId(world, 'prod', 14),
    recurring: null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  }
  // stripe-node parses the decimal into a class. The API sends it as text.
  return price as unknown as Stripe.Price
}
