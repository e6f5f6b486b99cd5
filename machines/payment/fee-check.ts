/** When to ask Stripe for a fee that should have come by itself. */
import type { PaymentContext } from './context.ts'
import { deriveFeeState } from './derive.ts'

/** Stripe makes a fee within seconds of its charge. */
const FEE_OVERDUE_S = 60

/** Once, a minute after the charge succeeded, in ms; null: no fee is awaited. After that the reconciler looks. */
export function feeCheckAt({ facts, fee_checked }: PaymentContext): number | null {
  const { payment } = facts
  if (fee_checked || payment?.value.status !== 'succeeded' || deriveFeeState(facts) !== 'pending') return null
  return (payment.as_of.to + FEE_OVERDUE_S) * 1000
}
