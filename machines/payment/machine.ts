/**
 * The life of a direct charge. The first region is Stripe's own PaymentIntent; what comes after it, a refund, a dispute,
 * the platform's fee, moves by itself and has a region each. A state says which commands it takes by naming their events.
 */
import { assign, enqueueActions, setup } from 'xstate'
import type { Effect } from '../effects.ts'
import type { StateMeta } from '../gates.ts'
import { observe, unanswered, unobservedContext } from '../observation.ts'
import type { Verdict } from '../watermark.ts'
import type { PaymentContext, PaymentInput } from './context.ts'
import type { PaymentEvent } from './events.ts'
import { NO_FACTS } from './facts.ts'
import { feeCheckAt } from './fee-check.ts'
import {
  deriveDisputeState,
  deriveFeeState,
  isChargedBack,
  derivePaymentState,
  deriveRefundState,
  type DisputeState,
  type FeeState,
  type PaymentState,
  type RefundState,
} from './derive.ts'

/** A payment closes no gate of its account: gates are the account's. */
const OPEN = { closes: [] } as const

export const paymentMachine = setup({
  types: {
    context: {} as PaymentContext,
    events: {} as PaymentEvent,
    input: {} as PaymentInput,
    meta: {} as StateMeta<never, never>,
  },
  actions: {
    request: (_, _effect: Effect) => {},
    note: (_, _verdict: Verdict) => {},
    /** A command that the state takes changes nothing here: what comes of it is what Stripe then shows. */
    take: () => {},
  },
  guards: {
    paymentIs: ({ context }, state: PaymentState) => derivePaymentState(context.facts) === state,
    refundIs: ({ context }, state: RefundState) => deriveRefundState(context.facts) === state,
    disputeIs: ({ context }, state: DisputeState) => deriveDisputeState(context.facts) === state,
    isNameless: ({ context }) => context.external_id === null,
    isRefundable: ({ context }) => !isChargedBack(context.facts),
    feeIs: ({ context }, state: FeeState) => deriveFeeState(context.facts) === state,
    feeIsOverdue: ({ context, event }) => {
      const at = feeCheckAt(context)
      return event.type === 'clock.reached' && at !== null && at <= event.at
    },
  },
}).createMachine({
  id: 'payment',
  type: 'parallel',
  context: ({ input }) => ({ ...unobservedContext, ...input, fee_checked: false, facts: NO_FACTS }),
  on: {
    'stripe.observed': {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { now, effects, verdict } = observe(context, event)
        enqueue.assign(now)
        enqueue({ type: 'note', params: verdict })
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        enqueue.raise({ type: 'facts.changed' })
      }),
    },
    'payment.named': {
      guard: 'isNameless',
      actions: assign({ external_id: ({ event }) => event.external_id }),
    },
    'stripe.unobservable': { actions: assign(({ context, event }) => unanswered(context, event)) },
  },
  states: {
    payment: {
      initial: 'unrecognized',
      on: {
        'facts.changed': [
          {
            guard: { type: 'paymentIs', params: 'requires_payment_method' },
            target: '.requires_payment_method',
          },
          { guard: { type: 'paymentIs', params: 'requires_confirmation' }, target: '.requires_confirmation' },
          { guard: { type: 'paymentIs', params: 'requires_action' }, target: '.requires_action' },
          { guard: { type: 'paymentIs', params: 'processing' }, target: '.processing' },
          { guard: { type: 'paymentIs', params: 'requires_capture' }, target: '.requires_capture' },
          { guard: { type: 'paymentIs', params: 'succeeded' }, target: '.succeeded' },
          { guard: { type: 'paymentIs', params: 'canceled' }, target: '.canceled' },
          { guard: { type: 'paymentIs', params: 'unrecognized' }, target: '.unrecognized' },
        ],
      },
      states: {
        requires_payment_method: { meta: OPEN, on: { 'cancel.requested': { actions: 'take' } } },
        requires_confirmation: { meta: OPEN, on: { 'cancel.requested': { actions: 'take' } } },
        requires_action: { meta: OPEN, on: { 'cancel.requested': { actions: 'take' } } },
        // Rarely possible; Stripe decides. https://docs.stripe.com/api/payment_intents/cancel
        processing: { meta: OPEN, on: { 'cancel.requested': { actions: 'take' } } },
        requires_capture: {
          meta: OPEN,
          on: { 'cancel.requested': { actions: 'take' }, 'capture.requested': { actions: 'take' } },
        },
        succeeded: {
          meta: OPEN,
          on: { 'refund.requested': { guard: 'isRefundable', actions: 'take' } },
        },
        canceled: { meta: OPEN },
        unrecognized: { meta: OPEN },
      },
    },
    refund: {
      initial: 'none',
      on: {
        'facts.changed': [
          { guard: { type: 'refundIs', params: 'none' }, target: '.none' },
          { guard: { type: 'refundIs', params: 'partial' }, target: '.partial' },
          { guard: { type: 'refundIs', params: 'full' }, target: '.full' },
        ],
      },
      states: { none: { meta: OPEN }, partial: { meta: OPEN }, full: { meta: OPEN } },
    },
    dispute: {
      initial: 'none',
      on: {
        'facts.changed': [
          { guard: { type: 'disputeIs', params: 'none' }, target: '.none' },
          { guard: { type: 'disputeIs', params: 'open' }, target: '.open' },
          { guard: { type: 'disputeIs', params: 'won' }, target: '.won' },
          { guard: { type: 'disputeIs', params: 'lost' }, target: '.lost' },
        ],
      },
      states: { none: { meta: OPEN }, open: { meta: OPEN }, won: { meta: OPEN }, lost: { meta: OPEN } },
    },
    fee: {
      initial: 'none',
      on: {
        'facts.changed': [
          { guard: { type: 'feeIs', params: 'none' }, target: '.none' },
          { guard: { type: 'feeIs', params: 'pending' }, target: '.pending' },
          { guard: { type: 'feeIs', params: 'collected' }, target: '.collected' },
          { guard: { type: 'feeIs', params: 'refunded' }, target: '.refunded' },
        ],
      },
      states: {
        none: { meta: OPEN },
        pending: {
          meta: OPEN,
          on: {
            // The fee's own event may have come before the charge it belongs to was known; Stripe is asked instead.
            'clock.reached': {
              guard: 'feeIsOverdue',
              actions: [
                assign({ fee_checked: true, owes_refresh: true }),
                { type: 'request', params: { kind: 'refresh', after_ms: 0 } },
              ],
            },
          },
        },
        collected: { meta: OPEN },
        refunded: { meta: OPEN },
      },
    },
  },
})
