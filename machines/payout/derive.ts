/** Derives the state from the facts and the passed return window, whatever order they came in. */
import type { PayoutContext } from './context.ts'
import { hasPassed, windowOf } from './return-window.ts'

/** https://docs.stripe.com/api/payouts/object#payout_object-status */
const STATUSES = ['pending', 'in_transit', 'paid', 'failed', 'canceled'] as const

/**
 * Stripe's statuses, and two of ours. `settled`: paid, and past the days in which the bank may return it.
 * `unrecognized`: a status that this build does not know; it takes no command.
 */
export const PAYOUT_STATES = [
  'pending',
  'in_transit',
  'paid',
  'settled',
  'failed',
  'canceled',
  'unrecognized',
] as const
export type PayoutState = (typeof PAYOUT_STATES)[number]

export function derivePayoutState(context: PayoutContext): PayoutState {
  const status = STATUSES.find((known) => known === context.facts.payout?.value.status)
  const end = windowOf(context)
  if (end !== null && hasPassed(context, end)) return 'settled'
  return status ?? 'unrecognized'
}
