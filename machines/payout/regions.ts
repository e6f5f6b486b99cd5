/** The one region of a payout: Stripe's status, and the clock that settles a paid one. */
import { others, region } from '../region.ts'
import type { PayoutContext } from './context.ts'
import { derivePayoutState, PAYOUT_STATES } from './derive.ts'

export const payoutRegions = {
  /** https://docs.stripe.com/api/payouts/object#payout_object-status */
  payout: region({
    states: PAYOUT_STATES,
    initial: 'unrecognized',
    derive: (context: PayoutContext) => derivePayoutState(context),
    edges: {
      // https://docs.stripe.com/api/payouts/cancel
      pending: ['in_transit', 'canceled'],
      in_transit: ['paid', 'failed', 'canceled'],
      // https://docs.stripe.com/payouts#payout-failures
      paid: ['settled', 'failed'],
      // Bank holidays are not known here: the bank's window may end later than ours.
      settled: ['failed'],
      failed: [],
      canceled: [],
      unrecognized: others(PAYOUT_STATES, 'unrecognized'),
    },
  }),
}
