/** The JSON of payments: direct charges, which are PaymentIntents on the connected account. */
import { z } from '@hono/zod-openapi'
import { DISPUTE_STATES, FEE_STATES, PAYMENT_STATES, REFUND_STATES } from '../../machines/payment/derive.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { Metadata } from '../http/metadata.ts'
import { asIssue, type FieldRule } from '../http/field-rule.ts'
import { chargeViolation, partViolation } from '../money/currency.ts'
import { PaymentIntentId } from '../stripe/ids.ts'

/** What a client may do with an existing payment, if its state allows it. */
export const COMMANDS = ['capture', 'cancel', 'refund'] as const
export type CommandName = (typeof COMMANDS)[number]

const time = z.iso.datetime()
const minorUnits = z.int().min(1).openapi({ description: 'In the currency’s minor unit.' })

export const PaymentParams = AccountParams.extend({
  payment: PaymentIntentId.openapi({
    param: { name: 'payment', in: 'path' },
    example: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
  }),
})

export const CreatePayment = z
  .strictObject({
    amount: minorUnits,
    currency: z.string().openapi({ description: 'ISO 4217, lower case.', example: 'usd' }),
    application_fee_amount: z.int().min(0).optional().openapi({
      description:
        'The platform’s fee, below the amount; 0 for none. Without it, the account’s fee policy applies.',
    }),
    capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
    payment_method: z.string().min(1).max(255).optional(),
    confirm: z.boolean().optional(),
    description: z.string().max(1000).optional(),
    statement_descriptor_suffix: z.string().min(1).max(22).optional(),
    receipt_email: z.email().optional(),
    return_url: z.url().optional().openapi({
      description: 'With `confirm`: the page the customer returns to from their bank. On an allowed origin.',
    }),
    metadata: Metadata.optional(),
  })
  .superRefine(({ amount, currency, application_fee_amount: fee }, context) => {
    for (const violation of chargeViolations({ amount, currency, fee })) context.addIssue(asIssue(violation))
  })
  .openapi('CreatePayment')
export type CreatePayment = z.infer<typeof CreatePayment>

/** Every rule that a charge breaks with its amount, currency or fee. */
export function chargeViolations(charge: {
  amount: number
  currency: string
  fee: number | undefined
}): FieldRule[] {
  const { amount, currency, fee } = charge
  const violation = chargeViolation(amount, currency)
  const feeViolation = partViolation(fee ?? 0, currency)
  return [
    ...(violation
      ? [{ path: violation.rule === 'currency_unknown' ? 'currency' : 'amount', ...violation }]
      : []),
    ...(fee !== undefined && fee >= amount
      ? [{ path: 'application_fee_amount', rule: 'fee_exceeds_amount', message: 'must be below the amount' }]
      : []),
    ...(feeViolation ? [{ path: 'application_fee_amount', ...feeViolation }] : []),
  ]
}

export const CapturePayment = z
  .strictObject({
    amount: minorUnits.optional().openapi({
      description:
        'A part of the authorized amount, captured once; Stripe releases the rest. Without it, all of it.',
    }),
    application_fee_amount: minorUnits.optional().openapi({
      description:
        'The platform’s fee, below the captured amount. Without it, a partial capture takes the same share of the fee, rounded half up.',
    }),
  })
  .openapi('CapturePayment')
export type CapturePayment = z.infer<typeof CapturePayment>

/** An empty object; the body may also be left out. */
export const CancelPayment = z.strictObject({}).openapi('CancelPayment')

const refundFields = {
  status: z.string().openapi({
    description:
      'Stripe’s status: `pending` waits for the account’s balance or the bank and becomes `succeeded` or `failed`.',
    example: 'succeeded',
  }),
  amount: z.int(),
  reason: z.string().nullable(),
  pending_reason: z.string().nullable(),
  failure_reason: z.string().nullable(),
}

export const CreateRefund = z
  .strictObject({
    amount: minorUnits.optional().openapi({ description: 'Without it, all that can still be refunded.' }),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    refund_application_fee: z.boolean().optional().openapi({
      description:
        'Also refunds the same share of the platform’s fee. Without it, the platform keeps its fee.',
    }),
  })
  .openapi('CreateRefund')
export type CreateRefund = z.infer<typeof CreateRefund>

export const RefundBody = z
  .object({
    id: z.string(),
    account: z.string(),
    payment: z.string(),
    currency: z.string(),
    ...refundFields,
    created_at: time,
  })
  .openapi('Refund')
export type RefundBody = z.infer<typeof RefundBody>

export const PaymentBody = z
  .object({
    id: z.string(),
    account: z.string(),
    livemode: z.boolean(),
    status: z.enum(PAYMENT_STATES),
    refund: z.enum(REFUND_STATES),
    dispute: z.enum(DISPUTE_STATES),
    fee: z.enum(FEE_STATES),
    amount: z.int(),
    currency: z.string(),
    amount_capturable: z.int(),
    amount_captured: z.int(),
    amount_refunded: z.int().openapi({ description: 'Refunded, or pending.' }),
    amount_refundable: z.int().openapi({ description: 'What can still be refunded.' }),
    application_fee_amount: z.int().nullable(),
    application_fee_refunded: z.int(),
    capture_method: z.string().nullable(),
    cancellation_reason: z.string().nullable(),
    last_error: z.object({ code: z.string().nullable(), decline_code: z.string().nullable() }).nullable(),
    refunds: z.array(z.object({ id: z.string(), ...refundFields })),
    disputes: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        amount: z.int(),
        reason: z.string().nullable(),
        due_by: time
          .nullable()
          .openapi({ description: 'The account’s deadline to respond, in its Stripe Dashboard.' }),
      }),
    ),
    dispute_due_by: time.nullable().openapi({
      description: 'The earliest deadline to respond to a dispute; null: no dispute waits for a response.',
    }),
    early_fraud_warnings: z.array(
      z.object({ id: z.string(), fraud_type: z.string().nullable(), actionable: z.boolean() }),
    ),
    checkout_session: z.string().nullable().openapi({
      description: 'The Checkout Session it was paid in, once the session is complete or expired.',
    }),
    commands: z.array(z.enum(COMMANDS)).openapi({
      description:
        'The commands its current state allows; any other is answered 409 `payment_state_conflict`.',
    }),
    verified_at: time
      .nullable()
      .openapi({ description: 'When Stripe was last asked and showed the payment.' }),
    created_at: time,
  })
  .openapi('Payment')
export type PaymentBody = z.infer<typeof PaymentBody>

/** Only the answer to the creation carries what a browser needs to confirm the payment with Stripe.js. */
export const CreatedPayment = PaymentBody.extend({
  client_secret: z.string().nullable(),
  stripe_account: z.string(),
  publishable_key: z.string(),
}).openapi('CreatedPayment')
export type CreatedPayment = z.infer<typeof CreatedPayment>
