/** Turns Stripe's objects into observations of a payment. Pure. */
import type {
  ChargeTruth,
  DisputeTruth,
  FeeTruth,
  PaymentFacts,
  PaymentTruth,
  RefundTruth,
  SessionTruth,
  WarningTruth,
} from '../../machines/payment/facts.ts'
import { oneMember, type Observation } from '../../machines/watermark.ts'
import type {
  ApplicationFeeObject,
  ChargeObject,
  CheckoutSessionObject,
  DisputeObject,
  EarlyFraudWarningObject,
  PaymentIntentObject,
  RefundObject,
} from '../stripe/objects.ts'

/** A PaymentIntent also shows its latest charge and the charge's refunds, if they are expanded. */
export function observePaymentIntent(object: PaymentIntentObject): Observation<PaymentFacts> {
  const charge = typeof object.latest_charge === 'object' ? object.latest_charge : null
  const refunds = charge?.refunds
  return {
    payment: truthOf(object),
    ...(charge && { charges: oneMember(charge.id, observeCharge(charge)) }),
    ...(refunds && {
      refunds: {
        items: Object.fromEntries(refunds.data.map((refund) => [refund.id, observeRefund(refund)])),
        all: !refunds.has_more,
      },
    }),
  }
}

export function observeCharge(object: ChargeObject): ChargeTruth {
  return {
    status: object.status ?? 'unknown',
    captured: object.captured,
    amount_captured: object.amount_captured,
    application_fee_amount: object.application_fee_amount ?? null,
  }
}

export function observeRefund(object: RefundObject): RefundTruth {
  return {
    status: object.status ?? 'unknown',
    amount: object.amount,
    released: object.status === 'succeeded' && object.balance_transaction === null,
    request: object.metadata?.gatehouse_request ?? null,
    reason: object.reason ?? null,
    pending_reason: object.pending_reason ?? null,
    failure_reason: object.failure_reason ?? null,
  }
}

export function observeDispute(object: DisputeObject): DisputeTruth {
  return {
    status: object.status ?? 'unknown',
    amount: object.amount,
    reason: object.reason ?? null,
    due_by: object.evidence_details?.due_by ?? null,
  }
}

export function observeFee(object: ApplicationFeeObject): FeeTruth {
  return { amount: object.amount, amount_refunded: object.amount_refunded }
}

export function observeWarning(object: EarlyFraudWarningObject): WarningTruth {
  return { fraud_type: object.fraud_type ?? null, actionable: object.actionable }
}

export function observeSession(object: CheckoutSessionObject): SessionTruth {
  return { id: object.id, status: object.status ?? null, payment_status: object.payment_status ?? null }
}

function truthOf(object: PaymentIntentObject): PaymentTruth {
  const error = object.last_payment_error
  return {
    status: object.status ?? 'unknown',
    amount: object.amount,
    currency: object.currency,
    amount_capturable: object.amount_capturable,
    amount_received: object.amount_received,
    application_fee_amount: object.application_fee_amount ?? null,
    capture_method: object.capture_method ?? null,
    cancellation_reason: object.cancellation_reason ?? null,
    last_error: error ? { code: error.code ?? null, decline_code: error.decline_code ?? null } : null,
    created: object.created,
  }
}
