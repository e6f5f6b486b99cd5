import type Stripe from 'stripe'
import type { World } from '../core/world.ts'

/** Whether a dispute took the money away, so that a refund would pay the buyer twice. An inquiry does not. */
export function isChargedBack(world: World, charge: Stripe.Charge): boolean {
  const dispute = disputeOf(world, charge)
  return dispute !== undefined && !dispute.status.startsWith('warning_') && dispute.status !== 'won'
}

export function disputeOf({ tables }: World, charge: Stripe.Charge): Stripe.Dispute | undefined {
  const owner = tables.charges.ownerOf(charge.id)
  if (!charge.disputed || owner === undefined) return undefined
  const id = tables.disputes.ids(owner).findLast((one) => tables.disputes.get(one)?.charge === charge.id)
  return id === undefined ? undefined : tables.disputes.get(id)
}
