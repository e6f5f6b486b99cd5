/** The regions of a payment: Stripe's PaymentIntent, and what may follow it. Each moves by itself. */
import { others, region } from '../region.ts'
import type { PaymentContext } from './context.ts'
import {
  deriveDisputeState,
  deriveFeeState,
  derivePaymentState,
  deriveRefundState,
  DISPUTE_STATES,
  FEE_STATES,
  PAYMENT_STATES,
  REFUND_STATES,
} from './derive.ts'

export const paymentRegions = {
  /** https://docs.stripe.com/payments/paymentintents/lifecycle. Most payments skip `requires_confirmation`. */
  payment: region({
    states: PAYMENT_STATES,
    initial: 'unrecognized',
    derive: ({ facts }: PaymentContext) => derivePaymentState(facts),
    edges: {
      requires_payment_method: [
        'requires_confirmation',
        'requires_action',
        'processing',
        'requires_capture',
        'succeeded',
        'canceled',
      ],
      requires_confirmation: [
        'requires_payment_method',
        'requires_action',
        'processing',
        'requires_capture',
        'succeeded',
        'canceled',
      ],
      // Confirmed on the server, a payment waits for a second confirmation after the action:
      // https://docs.stripe.com/payments/finalize-payments-on-the-server
      requires_action: [
        'requires_payment_method',
        'requires_confirmation',
        'processing',
        'requires_capture',
        'succeeded',
        'canceled',
      ],
      processing: ['requires_payment_method', 'requires_capture', 'succeeded', 'canceled'],
      // https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
      requires_capture: ['succeeded', 'canceled'],
      succeeded: [],
      canceled: [],
      unrecognized: others(PAYMENT_STATES, 'unrecognized'),
    },
  }),

  /** A refund may fail or be canceled, and counts no longer: https://docs.stripe.com/refunds#failed-refunds */
  refund: region({
    states: REFUND_STATES,
    initial: 'none',
    derive: ({ facts }: PaymentContext) => deriveRefundState(facts),
    edges: { none: ['partial', 'full'], partial: ['none', 'full'], full: ['none', 'partial'] },
  }),

  /**
   * https://docs.stripe.com/disputes/how-disputes-work. A prevented dispute is won from the start. A lost one may be
   * appealed, and a payment may be disputed again.
   */
  dispute: region({
    states: DISPUTE_STATES,
    initial: 'none',
    derive: ({ facts }: PaymentContext) => deriveDisputeState(facts),
    edges: { none: ['open', 'won'], open: ['won', 'lost'], won: ['open'], lost: ['open'] },
  }),

  /** https://docs.stripe.com/connect/direct-charges#collect-fees. A canceled payment pays no fee. */
  fee: region({
    states: FEE_STATES,
    initial: 'none',
    derive: ({ facts }: PaymentContext) => deriveFeeState(facts),
    edges: { none: ['pending'], pending: ['none', 'collected'], collected: ['refunded'], refunded: [] },
  }),
}
