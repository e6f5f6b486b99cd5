import type { World } from '../core/world.ts'
import { holding } from './ledger.ts'

/** The totals of one account in one currency, in minor units. `balanced` says whether they add up to its holding. */
export interface Books {
  readonly owner: string
  readonly currency: string
  readonly charged: number
  readonly refunded: number
  readonly refunds_failed: number
  readonly stripe_fees: number
  readonly application_fees_paid: number
  readonly application_fees_earned: number
  readonly disputed: number
  readonly reinstated: number
  readonly paid_out: number
  readonly payouts_returned: number
  readonly available: number
  readonly pending: number
  readonly balanced: boolean
}

/** Computes the books of all accounts, or of one, from their balance transactions. */
export function books(world: World, only?: string): Books[] {
  const owners = only === undefined ? [...world.balances.keys()] : [only]
  return owners.flatMap((owner) =>
    Object.keys(world.balances.get(owner) ?? {}).map((currency) => booksOf(world, owner, currency)),
  )
}

function booksOf(world: World, owner: string, currency: string): Books {
  const { balanceTransactions } = world.tables
  const sums: Record<string, number> = {}
  const add = (name: string, amount: number) => {
    sums[name] = (sums[name] ?? 0) + amount
  }
  let [available, pending] = [0, 0]
  for (const id of balanceTransactions.ids(owner)) {
    const transaction = balanceTransactions.get(id)
    if (transaction === undefined || transaction.currency !== currency) continue
    const { type, amount, fee_details: fees, net, status } = transaction
    add(columnOf(type, amount), Math.abs(amount))
    for (const fee of fees)
      add(fee.type === 'application_fee' ? 'application_fees_paid' : 'stripe_fees', fee.amount)
    if (type === 'application_fee_refund' && owner !== world.platform.account)
      add('application_fees_paid', -amount)
    if (type === 'application_fee_refund' && owner === world.platform.account)
      add('application_fees_earned', amount)
    if (status === 'available') available += net
    else pending += net
  }
  const actual = holding(world, owner, currency)
  const of = (name: string) => sums[name] ?? 0
  const flow =
    of('charged') -
    of('refunded') +
    of('refunds_failed') -
    of('stripe_fees') -
    of('application_fees_paid') +
    of('application_fees_earned') -
    of('disputed') +
    of('reinstated') -
    of('paid_out') +
    of('payouts_returned')
  return {
    owner,
    currency,
    charged: of('charged'),
    refunded: of('refunded'),
    refunds_failed: of('refunds_failed'),
    stripe_fees: of('stripe_fees'),
    application_fees_paid: of('application_fees_paid'),
    application_fees_earned: of('application_fees_earned'),
    disputed: of('disputed'),
    reinstated: of('reinstated'),
    paid_out: of('paid_out'),
    payouts_returned: of('payouts_returned'),
    available: actual.available,
    pending: actual.pending,
    balanced: actual.available === available && actual.pending === pending && flow === available + pending,
  }
}

function columnOf(type: string, amount: number): string {
  switch (type) {
    case 'charge':
    case 'payment':
      return 'charged'
    case 'refund':
    case 'payment_refund':
      return 'refunded'
    case 'refund_failure':
      return 'refunds_failed'
    case 'application_fee':
      return 'application_fees_earned'
    case 'adjustment':
      return amount < 0 ? 'disputed' : 'reinstated'
    // A reversal is a payout with a negative amount. When it fails or is canceled, its sign turns again.
    case 'payout':
    case 'payout_failure':
    case 'payout_cancel':
      return amount < 0 ? 'paid_out' : 'payouts_returned'
    case 'stripe_fee':
      return 'stripe_fees'
    default:
      return 'elsewhere'
  }
}
