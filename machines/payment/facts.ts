/** The facts of a direct charge: its PaymentIntent and the objects that belong to it. Amounts in minor units. */
import { z } from 'zod'
import { collection, emptyCollection, piece, type FinalValues } from '../watermark.ts'

export const PaymentTruth = z.object({
  /** An open enum to us. */
  status: z.string(),
  amount: z.int(),
  currency: z.string(),
  amount_capturable: z.int(),
  amount_received: z.int(),
  /** The fee that the platform requested; null: none. */
  application_fee_amount: z.int().nullable(),
  capture_method: z.string().nullable(),
  cancellation_reason: z.string().nullable(),
  /** Stripe's codes for the failure of the latest attempt. */
  last_error: z.object({ code: z.string().nullable(), decline_code: z.string().nullable() }).nullable(),
  created: z.int(),
})
export type PaymentTruth = z.infer<typeof PaymentTruth>

export const ChargeTruth = z.object({
  status: z.string(),
  captured: z.boolean(),
  amount_captured: z.int(),
  /** The fee as set at capture; null: none. */
  application_fee_amount: z.int().nullable(),
})
export type ChargeTruth = z.infer<typeof ChargeTruth>

export const RefundTruth = z.object({
  status: z.string(),
  amount: z.int(),
  /** Stripe may show the uncaptured part of an authorization as a refund. No money moved. */
  released: z.boolean(),
  /** Our request that created it; null: created elsewhere. */
  request: z.string().nullable(),
  reason: z.string().nullable(),
  pending_reason: z.string().nullable(),
  failure_reason: z.string().nullable(),
})
export type RefundTruth = z.infer<typeof RefundTruth>

export const DisputeTruth = z.object({
  status: z.string(),
  amount: z.int(),
  reason: z.string().nullable(),
  /** The deadline for the account's response, in Unix seconds. */
  due_by: z.int().nullable(),
})
export type DisputeTruth = z.infer<typeof DisputeTruth>

export const FeeTruth = z.object({ amount: z.int(), amount_refunded: z.int() })
export type FeeTruth = z.infer<typeof FeeTruth>

export const WarningTruth = z.object({ fraud_type: z.string().nullable(), actionable: z.boolean() })
export type WarningTruth = z.infer<typeof WarningTruth>

export const SessionTruth = z.object({
  id: z.string(),
  status: z.string().nullable(),
  payment_status: z.string().nullable(),
})
export type SessionTruth = z.infer<typeof SessionTruth>

export const PaymentFacts = z.object({
  payment: piece(PaymentTruth).nullable(),
  /** One for each attempt that reached the bank. */
  charges: collection(ChargeTruth),
  refunds: collection(RefundTruth),
  disputes: collection(DisputeTruth),
  fees: collection(FeeTruth),
  early_fraud_warnings: collection(WarningTruth),
  /** The Checkout Session of the payment, if there is one. */
  checkout_session: piece(SessionTruth).nullable(),
})
export type PaymentFacts = z.infer<typeof PaymentFacts>

export const NO_FACTS: PaymentFacts = {
  payment: null,
  charges: emptyCollection(),
  refunds: emptyCollection(),
  disputes: emptyCollection(),
  fees: emptyCollection(),
  early_fraud_warnings: emptyCollection(),
  checkout_session: null,
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle and https://docs.stripe.com/api/refunds/object#refund_object-status */
export const FINAL_VALUES: FinalValues<PaymentFacts> = {
  payment: { status: 'canceled' },
  refunds: { status: 'canceled' },
}
