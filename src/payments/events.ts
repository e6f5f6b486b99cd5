/** Turns Stripe's events into events of a payment. */
import type { PaymentFacts } from '../../machines/payment/facts.ts'
import { oneMember, type Observation } from '../../machines/watermark.ts'
import { accountObserved } from '../accounts/events.ts'
import {
  connectEvent,
  platformEvent,
  requireAccountId,
  secondOf,
  type StripeEventHandler,
} from '../engine/translate.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdIn } from '../idempotency/mark.ts'
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
  observeCharge,
  observeDispute,
  observeFee,
  observePaymentIntent,
  observeRefund,
  observeSession,
  observeWarning,
} from './observe.ts'

const paymentIntentChanged = connectEvent(PaymentIntentObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.id, account, created, metadata: object.metadata },
    observePaymentIntent(object),
  ),
)

const chargeChanged = connectEvent(ChargeObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.payment_intent, account, created },
    { charges: oneMember(object.id, observeCharge(object)) },
  ),
)

const refundChanged = connectEvent(RefundObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.payment_intent, account, created },
    { refunds: oneMember(object.id, observeRefund(object)) },
  ),
)

const disputeChanged = connectEvent(DisputeObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.payment_intent, account, created },
    { disputes: oneMember(object.id, observeDispute(object)) },
  ),
)

const sessionChanged = connectEvent(CheckoutSessionObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.payment_intent, account, created, metadata: object.metadata },
    { checkout_session: observeSession(object) },
  ),
)

const fraudSuspected = connectEvent(EarlyFraudWarningObject, ({ object, account, created }) =>
  paymentObserved(
    { payment: object.payment_intent, account, created },
    { early_fraud_warnings: oneMember(object.id, observeWarning(object)) },
  ),
)

/**
 * An application fee belongs to the platform and names only the charge. Of an unknown payment, the event of a new fee may be
 * dropped: the payment's fetch includes its fees. The event of a refunded fee waits for the payment, because that fetch may
 * have read the fee before its refund.
 */
const feeChanged = platformEvent(ApplicationFeeObject, ({ object, created }): InstanceEvent[] | string => {
  const account = requireAccountId(object.account)
  if (!object.charge) return 'the fee has no charge'
  return [
    {
      machine: 'payment',
      id: object.charge,
      isAlias: true,
      ...(object.amount_refunded > 0 && { isAwaited: true }),
      account,
      event: {
        type: 'stripe.observed',
        as_of: secondOf(created),
        observation: { fees: oneMember(object.id, observeFee(object)) },
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
} satisfies Record<string, StripeEventHandler>

/** An unknown payment begins here, and the rest of it is fetched. The same goes for its account. */
function paymentObserved(
  of: {
    payment: string | null | undefined
    account: string
    created: number
    metadata?: PaymentIntentObject['metadata']
  },
  observation: Observation<PaymentFacts>,
): InstanceEvent[] | string {
  const { payment, account, created, metadata } = of
  if (!payment) return 'the object has no PaymentIntent'
  const instance = { machine: 'payment', id: payment, account } as const
  const external_id = externalIdIn(account, metadata)
  return [
    {
      ...instance,
      event: { type: 'stripe.observed', as_of: secondOf(created), observation },
      begin: { id: payment, account, external_id },
    },
    // An event about the charge, which has no metadata, may have begun the payment without its external id.
    ...(external_id === null
      ? []
      : [{ ...instance, event: { type: 'payment.named' as const, external_id } }]),
    accountObserved(account, created),
  ]
}
