/** Events that move a direct charge. */
import type { PaymentFacts } from '../../machines/payment/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdWithin } from '../ids.ts'
import {
  ApplicationFeeObject,
  ChargeObject,
  CheckoutSessionObject,
  DisputeObject,
  EarlyFraudWarningObject,
  PaymentIntentObject,
  RefundObject,
} from '../stripe/objects.ts'
import {
  one,
  observeCharge,
  observeDispute,
  observeFee,
  observePaymentIntent,
  observeRefund,
  observeSession,
  observeWarning,
} from './observe.ts'
import { heardOf } from '../accounts/events.ts'
import { accountId, during, ofAccount, ofPlatform, type Meaning } from '../engine/event-meaning.ts'

const paymentIntentChanged = ofAccount(PaymentIntentObject, ({ object, account, created }) =>
  observed(
    { payment: object.id, account, created, request: object.metadata?.gatehouse_request },
    observePaymentIntent(object),
  ),
)

const chargeChanged = ofAccount(ChargeObject, ({ object, account, created }) =>
  observed(
    { payment: object.payment_intent, account, created },
    { charges: one(object.id, observeCharge(object)) },
  ),
)

const refundChanged = ofAccount(RefundObject, ({ object, account, created }) =>
  observed(
    { payment: object.payment_intent, account, created },
    { refunds: one(object.id, observeRefund(object)) },
  ),
)

const disputeChanged = ofAccount(DisputeObject, ({ object, account, created }) =>
  observed(
    { payment: object.payment_intent, account, created },
    { disputes: one(object.id, observeDispute(object)) },
  ),
)

const sessionChanged = ofAccount(CheckoutSessionObject, ({ object, account, created }) =>
  observed(
    { payment: object.payment_intent, account, created, request: object.metadata?.gatehouse_request },
    { checkout_session: observeSession(object) },
  ),
)

const fraudSuspected = ofAccount(EarlyFraudWarningObject, ({ object, account, created }) =>
  observed(
    { payment: object.payment_intent, account, created },
    { early_fraud_warnings: one(object.id, observeWarning(object)) },
  ),
)

/**
 * A fee is the platform's, and knows its payment by the charge only. One that a payment lacks is asked for anyway; that it
 * was given back, nobody would ask for once the fee itself is known.
 */
const feeChanged = ofPlatform(ApplicationFeeObject, ({ object, created }): InstanceEvent[] | string => {
  const account = accountId(object.account)
  if (!object.charge) return 'the fee is of no charge'
  return [
    {
      machine: 'payment',
      id: object.charge,
      isAlias: true,
      ...(object.amount_refunded > 0 && { isAwaited: true }),
      account,
      event: {
        type: 'stripe.observed',
        as_of: during(created),
        observation: { fees: one(object.id, observeFee(object)) },
      },
    },
  ]
})

export const PAYMENT_EVENTS = {
  'payment_intent.created': paymentIntentChanged,
  'payment_intent.processing': paymentIntentChanged,
  'payment_intent.requires_action': paymentIntentChanged,
  'payment_intent.amount_capturable_updated': paymentIntentChanged,
  'payment_intent.partially_funded': paymentIntentChanged,
  'payment_intent.succeeded': paymentIntentChanged,
  'payment_intent.payment_failed': paymentIntentChanged,
  'payment_intent.canceled': paymentIntentChanged,
  'charge.pending': chargeChanged,
  'charge.succeeded': chargeChanged,
  'charge.failed': chargeChanged,
  'charge.captured': chargeChanged,
  'charge.expired': chargeChanged,
  'charge.updated': chargeChanged,
  'charge.refunded': chargeChanged,
  'refund.created': refundChanged,
  'refund.updated': refundChanged,
  'refund.failed': refundChanged,
  'charge.refund.updated': refundChanged,
  'charge.dispute.created': disputeChanged,
  'charge.dispute.updated': disputeChanged,
  'charge.dispute.closed': disputeChanged,
  'charge.dispute.funds_withdrawn': disputeChanged,
  'charge.dispute.funds_reinstated': disputeChanged,
  'checkout.session.completed': sessionChanged,
  'checkout.session.async_payment_succeeded': sessionChanged,
  'checkout.session.async_payment_failed': sessionChanged,
  'checkout.session.expired': sessionChanged,
  'radar.early_fraud_warning.created': fraudSuspected,
  'radar.early_fraud_warning.updated': fraudSuspected,
  'application_fee.created': feeChanged,
  'application_fee.refunded': feeChanged,
} satisfies Record<string, Meaning>

/** A payment nobody here knows is adopted; what else belongs to it, Stripe will be asked. */
function observed(
  of: { payment: string | null | undefined; account: string; created: number; request?: string | undefined },
  observation: Observation<PaymentFacts>,
): InstanceEvent[] | string {
  const { payment, account, created, request } = of
  if (!payment) return 'it is of no PaymentIntent'
  const name = request === undefined ? undefined : externalIdWithin(account, request)
  const base = { machine: 'payment', id: payment, account } as const
  return [
    {
      ...base,
      event: { type: 'stripe.observed', as_of: during(created), observation },
      begin: { id: payment, account, external_id: name ?? null },
    },
    // Something that belongs to it may have been heard of first, and have begun it without its name.
    ...(name === undefined
      ? []
      : [{ ...base, event: { type: 'payment.named' as const, external_id: name } }]),
    heardOf(account, created),
  ]
}
