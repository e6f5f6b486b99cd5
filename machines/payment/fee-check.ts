/** When to ask Stripe for a fee whose event did not come. */
import type { PaymentContext } from './context.ts'

/** Stripe creates a fee within seconds of its charge. */
const FEE_OVERDUE_S = 60

/** For a pending fee: once, a minute after the charge succeeded, in ms. Null: never; the reconciler finds it then. */
export function feeCheckAt({ facts, fee_checked }: PaymentContext): number | null {
  const { payment } = facts
  if (fee_checked || payment?.value.status !== 'succeeded') return null
  return (payment.as_of.to + FEE_OVERDUE_S) * 1000
}
