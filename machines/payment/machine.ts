/**
 * The life of a direct charge. The first region is Stripe's PaymentIntent. Refunds, disputes and the platform's fee move
 * independently, and have a region each. A state takes the commands whose events it names.
 */
import { assign, enqueueActions, raise, setup } from 'xstate'
import type { Effect } from '../effects.ts'
import type { StateMeta } from '../gates.ts'
import { observe, unanswered, unobservedContext } from '../observation.ts'
import { factsChanged, isDerived, regionNode } from '../region.ts'
import type { Verdict } from '../watermark.ts'
import type { PaymentContext, PaymentInput } from './context.ts'
import type { PaymentEvent } from './events.ts'
import { FINAL_VALUES, NO_FACTS } from './facts.ts'
import { feeCheckAt } from './fee-check.ts'
import { isChargedBack } from './derive.ts'
import { paymentRegions } from './regions.ts'

/** A payment closes no gate of its account: gates are the account's. */
const OPEN = { closes: [] } as const
const CANCELABLE = { 'cancel.requested': { actions: 'accept' } } as const
const REFRESH_NOW = { type: 'request', params: { kind: 'refresh', after_ms: 0 } } as const

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
    /** A command changes nothing by itself: its result is what Stripe shows afterwards. */
    accept: () => {},
    jump: (_, _region: string) => {},
    deriveStates: raise(({ context }) => factsChanged(paymentRegions, context)),
    markFeeChecked: assign({ fee_checked: true, owes_refresh: true }),
  },
  guards: {
    isDerived,
    hasNoExternalId: ({ context }) => context.external_id === null,
    isRefundable: ({ context }) => !isChargedBack(context.facts),
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
        const { now, effects, verdict } = observe(context, event, { finalValues: FINAL_VALUES })
        enqueue.assign(now)
        enqueue({ type: 'note', params: verdict })
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        enqueue('deriveStates')
      }),
    },
    'payment.named': {
      guard: 'hasNoExternalId',
      actions: assign({ external_id: ({ event }) => event.external_id }),
    },
    'stripe.unobservable': { actions: assign(({ context, event }) => unanswered(context, event)) },
  },
  states: {
    payment: regionNode('payment', paymentRegions.payment, {
      meta: () => OPEN,
      on: {
        requires_payment_method: CANCELABLE,
        requires_confirmation: CANCELABLE,
        requires_action: CANCELABLE,
        // Rarely possible; Stripe decides. https://docs.stripe.com/api/payment_intents/cancel
        processing: CANCELABLE,
        requires_capture: { ...CANCELABLE, 'capture.requested': { actions: 'accept' } },
        succeeded: { 'refund.requested': { guard: 'isRefundable', actions: 'accept' } },
      },
    }),
    refund: regionNode('refund', paymentRegions.refund, { meta: () => OPEN }),
    dispute: regionNode('dispute', paymentRegions.dispute, { meta: () => OPEN }),
    fee: regionNode('fee', paymentRegions.fee, {
      meta: () => OPEN,
      on: {
        // The fee's event may have come before its charge was known, so Stripe is asked.
        pending: { 'clock.reached': { guard: 'feeIsOverdue', actions: ['markFeeChecked', REFRESH_NOW] } },
      },
    }),
  },
})
