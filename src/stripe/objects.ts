/**
 * Schemas of Stripe's objects, limited to the fields that the machines read. Parsing drops all other fields, so no names,
 * addresses, documents, card or bank numbers are stored. Tolerant by design: a field that is missing or of an unexpected
 * type becomes the value that opens no gate.
 */
import { z } from 'zod'
import {
  amount,
  claim,
  id,
  integer,
  integers,
  Metadata,
  names,
  optionalAmount,
  optionalClaim,
  reference,
  text,
  texts,
  unixSecond,
  unixSeconds,
} from './tolerant.ts'

const Requirements = z.object({
  currently_due: names,
  eventually_due: names,
  past_due: names,
  pending_verification: names,
  current_deadline: unixSeconds,
  disabled_reason: text,
  errors: z
    .array(z.object({ requirement: z.string(), code: z.string(), reason: z.string().catch('') }))
    .nullish()
    .catch(null),
})

export const ExternalAccountObject = z.object({
  id,
  object: z.string(),
  status: text,
  currency: text,
  default_for_currency: z.boolean().nullish().catch(null),
  available_payout_methods: z.array(z.string()).nullish().catch(null),
})
export type ExternalAccountObject = z.infer<typeof ExternalAccountObject>

export const AccountObject = z.object({
  id,
  object: z.literal('account'),
  charges_enabled: claim,
  payouts_enabled: claim,
  details_submitted: claim,
  country: text,
  default_currency: text,
  capabilities: z.record(z.string(), z.unknown()).nullish().catch(null),
  requirements: Requirements.nullish().catch(null),
  future_requirements: Requirements.nullish().catch(null),
  controller: z
    .object({
      type: text,
      is_controller: z.boolean().nullish().catch(null),
      requirement_collection: text,
      stripe_dashboard: z.object({ type: text }).nullish().catch(null),
      fees: z.object({ payer: text }).nullish().catch(null),
      losses: z.object({ payments: text }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  external_accounts: z
    .object({ data: z.array(ExternalAccountObject), has_more: z.boolean().catch(true) })
    .nullish()
    .catch(null),
  settings: z
    .object({
      payouts: z
        .object({
          debit_negative_balances: optionalClaim,
          schedule: z
            .object({
              interval: text,
              delay_days: integer,
              weekly_anchor: text,
              weekly_payout_days: texts,
              monthly_anchor: integer,
              monthly_payout_days: integers,
            })
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
  metadata: z
    .object({ gatehouse_external_id: z.string().optional(), gatehouse_request: z.string().optional() })
    .nullish()
    .catch(null),
})
export type AccountObject = z.infer<typeof AccountObject>

export const CapabilityObject = z.object({
  id,
  object: z.literal('capability'),
  account: id,
  status: text,
})
export type CapabilityObject = z.infer<typeof CapabilityObject>

export const RefundObject = z.object({
  id,
  object: z.literal('refund'),
  status: text,
  amount,
  payment_intent: reference,
  reason: text,
  pending_reason: text,
  failure_reason: text,
  /** Only null means that no money moved, or not yet; undefined says nothing. */
  balance_transaction: z
    .union([id, z.object({ id }).transform((object) => object.id)])
    .nullish()
    .catch(undefined),
  metadata: Metadata,
})
export type RefundObject = z.infer<typeof RefundObject>

export const ChargeObject = z.object({
  id,
  object: z.literal('charge'),
  status: text,
  captured: claim,
  amount_captured: amount,
  application_fee_amount: optionalAmount,
  payment_intent: reference,
  disputed: claim,
  /** Present only if it was expanded. */
  refunds: z
    .object({ data: z.array(RefundObject), has_more: z.boolean().catch(true) })
    .nullish()
    .catch(null),
})
export type ChargeObject = z.infer<typeof ChargeObject>

export const PaymentIntentObject = z.object({
  id,
  object: z.literal('payment_intent'),
  status: text,
  amount,
  currency: z.string(),
  amount_capturable: amount,
  amount_received: amount,
  application_fee_amount: optionalAmount,
  capture_method: text,
  cancellation_reason: text,
  last_payment_error: z.object({ code: text, decline_code: text }).nullish().catch(null),
  latest_charge: z.union([id, ChargeObject]).nullish().catch(null),
  created: unixSecond,
  metadata: Metadata,
})
export type PaymentIntentObject = z.infer<typeof PaymentIntentObject>

export const DisputeObject = z.object({
  id,
  object: z.literal('dispute'),
  status: text,
  amount,
  payment_intent: reference,
  reason: text,
  evidence_details: z.object({ due_by: unixSeconds }).nullish().catch(null),
})
export type DisputeObject = z.infer<typeof DisputeObject>

/** Belongs to the platform. It names its account, and its payment only by the charge. */
export const ApplicationFeeObject = z.object({
  id,
  object: z.literal('application_fee'),
  account: reference,
  charge: reference,
  amount,
  amount_refunded: amount,
})
export type ApplicationFeeObject = z.infer<typeof ApplicationFeeObject>

export const EarlyFraudWarningObject = z.object({
  id,
  object: z.literal('radar.early_fraud_warning'),
  actionable: claim,
  fraud_type: text,
  charge: reference,
  payment_intent: reference,
})
export type EarlyFraudWarningObject = z.infer<typeof EarlyFraudWarningObject>

export const CheckoutSessionObject = z.object({
  id,
  object: z.literal('checkout.session'),
  status: text,
  payment_status: text,
  payment_intent: reference,
  metadata: Metadata,
})
export type CheckoutSessionObject = z.infer<typeof CheckoutSessionObject>

/** `data.object` of events about the connection: the platform's own application. Its fields do not matter. */
export const ApplicationObject = z.object({ id, object: z.literal('application') })

/** The fields that every event has. */
export const EventEnvelope = z.object({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,128}$/),
  type: z.string().max(128),
  account: id.nullish(),
  created: unixSecond,
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  data: z.object({ object: z.unknown() }),
})
export type EventEnvelope = z.infer<typeof EventEnvelope>

/**
 * An event from an account's own list, with its account. Stripe promises the field `account` in webhooks only, and may leave it
 * out when the platform reads the list as the account. https://docs.stripe.com/api/events
 */
export function ownedBy(account: string, event: EventEnvelope): EventEnvelope {
  return { ...event, account: event.account ?? account }
}
