/** Payments on the wire: direct charges, as PaymentIntents on the connected account. */
import { z } from '@hono/zod-openapi'
import { PAYMENT_STATUSES } from '../../machines/payment/standing.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { Metadata } from '../http/metadata.ts'
import { brokenRule } from '../money/currency.ts'
import { PaymentIntentId } from '../stripe/ids.ts'

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
        'The platform’s fee, at most the amount; 0 for none. Without it the account’s fee policy decides.',
    }),
    capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
    payment_method: z.string().min(1).max(255).optional(),
    confirm: z.boolean().optional(),
    description: z.string().max(1000).optional(),
    statement_descriptor_suffix: z.string().min(1).max(22).optional(),
    receipt_email: z.email().optional(),
    return_url: z.url().optional(),
    metadata: Metadata.optional(),
  })
  .superRefine(({ amount, currency, application_fee_amount }, context) => {
    const broken = brokenRule(amount, currency)
    if (broken) {
      const path = broken.rule === 'currency_unknown' ? ['currency'] : ['amount']
      context.addIssue({ code: 'custom', path, message: `${broken.rule}: ${broken.message}` })
    }
    if (application_fee_amount !== undefined && application_fee_amount > amount) {
      context.addIssue({
        code: 'custom',
        path: ['application_fee_amount'],
        message: 'fee_exceeds_amount: must be at most the amount',
      })
    }
  })
  .openapi('CreatePayment')
export type CreatePayment = z.infer<typeof CreatePayment>

export const PaymentBody = z
  .object({
    id: z.string(),
    account: z.string(),
    livemode: z.boolean(),
    status: z.enum([...PAYMENT_STATUSES, 'unrecognized']),
    refund: z.enum(['none', 'partial', 'full']),
    dispute: z.enum(['none', 'open', 'won', 'lost']),
    fee: z.enum(['none', 'pending', 'collected', 'refunded']),
    amount: z.int(),
    currency: z.string(),
    amount_capturable: z.int(),
    amount_captured: z.int(),
    amount_refunded: z.int().openapi({ description: 'Given back or on its way.' }),
    application_fee_amount: z.int().nullable(),
    application_fee_refunded: z.int(),
    capture_method: z.string().nullable(),
    cancellation_reason: z.string().nullable(),
    last_error: z.object({ code: z.string().nullable(), decline_code: z.string().nullable() }).nullable(),
    refunds: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        amount: z.int(),
        reason: z.string().nullable(),
        pending_reason: z.string().nullable(),
        failure_reason: z.string().nullable(),
      }),
    ),
    disputes: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        amount: z.int(),
        reason: z.string().nullable(),
        due_by: time
          .nullable()
          .openapi({ description: 'Until when the account can answer, in its Dashboard.' }),
      }),
    ),
    early_fraud_warnings: z.array(
      z.object({ id: z.string(), fraud_type: z.string().nullable(), actionable: z.boolean() }),
    ),
    checkout_session: z.string().nullable(),
    created_at: time,
  })
  .openapi('Payment')
export type PaymentBody = z.infer<typeof PaymentBody>

/** What the creation alone tells: everything a browser needs to confirm the payment with Stripe.js. */
export const CreatedPayment = PaymentBody.extend({
  client_secret: z.string().nullable(),
  stripe_account: z.string(),
  publishable_key: z.string(),
}).openapi('CreatedPayment')
export type CreatedPayment = z.infer<typeof CreatedPayment>
