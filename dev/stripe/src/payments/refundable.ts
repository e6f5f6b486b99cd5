import type Stripe from 'stripe'
import type { World } from '../core/world.ts'

/** What was captured and not given back yet. */
export function refundable(world: World, charge: Stripe.Charge): number {
  return charge.amount_captured - charge.amount_refunded + released(world, charge)
}

/** The part of `amount_refunded` that was never captured at all. */
function released({ tables }: World, charge: Stripe.Charge): number {
  const owner = tables.charges.ownerOf(charge.id)
  if (owner === undefined || charge.amount_captured === charge.amount) return 0
  return tables.refunds
    .ids(owner)
    .flatMap((id) => tables.refunds.get(id) ?? [])
    .filter((refund) => refund.charge === charge.id && refund.reason === 'expired_uncaptured_charge')
    .reduce((sum, refund) => sum + refund.amount, 0)
}
