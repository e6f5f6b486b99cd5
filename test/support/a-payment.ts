/** Payments by their difference from one that was paid in full. */
import type { DisputeTruth, PaymentFacts, PaymentTruth, RefundTruth } from '../../machines/payment/facts.ts'
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
import type { Observation } from '../../machines/watermark.ts'
import { seconds } from './an-account.ts'

export function aPaymentTruth(overrides: Partial<PaymentTruth> = {}): PaymentTruth {
  const { status = 'succeeded', amount = 1000 } = overrides
  return {
    status,
    amount,
    currency: 'usd',
    amount_capturable: status === 'requires_capture' ? amount : 0,
    amount_received: status === 'succeeded' ? amount : 0,
    application_fee_amount: null,
    capture_method: 'automatic_async',
    cancellation_reason: null,
    last_error: null,
    created: 100,
    ...overrides,
  }
}

export function aRefund(overrides: Partial<RefundTruth> = {}): RefundTruth {
  return {
    status: 'succeeded',
    amount: 1000,
    released: false,
    request: null,
    reason: null,
    pending_reason: null,
    failure_reason: null,
    ...overrides,
  }
}

export function aDispute(overrides: Partial<DisputeTruth> = {}): DisputeTruth {
  return { status: 'needs_response', amount: 1000, reason: 'fraudulent', due_by: 900, ...overrides }
}

/** A collection whose members are numbered: `re_0`, `re_1`. */
export function members<V>(prefix: string, ...values: V[]): { items: Record<string, V>; all: boolean } {
  return { items: Object.fromEntries(values.map((value, index) => [`${prefix}_${index}`, value])), all: true }
}

/** A payment after one fetch. */
export function aPayment(overrides: Observation<PaymentFacts> = {}): LivePayment {
  const input = { id: 'pi_1', account: 'acct_1', external_id: null }
  return payment.begin(input, {
    type: 'stripe.observed',
    as_of: seconds(100),
    asked: { seq: 0, at: 100_000 },
    observation: { payment: aPaymentTruth(), ...overrides },
  }).live
}
