/** The JSON of Checkout Sessions: Stripe's hosted payment page, for a direct charge. */
import { z } from '@hono/zod-openapi'
import { Metadata } from '../http/metadata.ts'
import { asIssue } from '../http/field-rule.ts'
import { partViolation } from '../money/currency.ts'
import { chargeViolations } from './schemas.ts'

const LineItem = z.strictObject({
  price_data: z.strictObject({
    currency: z
      .string()
      .openapi({ description: 'ISO 4217, lower case; the same for all items.', example: 'usd' }),
    unit_amount: z.int().min(0).openapi({ description: 'In the currency’s minor unit.' }),
    product_data: z.strictObject({
      name: z.string().min(1).max(250),
      description: z.string().min(1).max(500).optional(),
      images: z.array(z.url()).max(8).optional(),
    }),
  }),
  quantity: z.int().min(1).max(999_999).default(1),
})
export type LineItem = z.infer<typeof LineItem>

export const CreateCheckoutSession = z
  .strictObject({
    line_items: z.array(LineItem).min(1).max(100).openapi({
      description: 'What is sold, with its prices. The fee and the currency’s rules apply to the sum.',
    }),
    success_url: z
      .url()
      .max(5000)
      .openapi({ description: 'On an allowed origin. May contain `{CHECKOUT_SESSION_ID}`.' }),
    cancel_url: z.url().max(5000).openapi({ description: 'On an allowed origin.' }),
    application_fee_amount: z.int().min(0).optional().openapi({
      description:
        'The platform’s fee, below the sum; 0 for none. Without it, the account’s fee policy applies.',
    }),
    metadata: Metadata.optional(),
  })
  .superRefine(({ line_items, application_fee_amount: fee }, context) => {
    const { amount, currency } = totalOf(line_items)
    if (line_items.some(({ price_data }) => price_data.currency !== currency)) {
      const message = 'must have one currency'
      context.addIssue(asIssue({ path: 'line_items', rule: 'currency_mixed', message }))
    }
    for (const [index, { price_data }] of line_items.entries()) {
      const violation = partViolation(price_data.unit_amount, currency)
      const path = `line_items.${index}.price_data.unit_amount`
      if (violation) context.addIssue(asIssue({ ...violation, path }))
    }
    for (const violation of chargeViolations({ amount, currency, fee })) {
      const path = violation.path === 'application_fee_amount' ? violation.path : 'line_items'
      context.addIssue(asIssue({ ...violation, path }))
    }
  })
  .openapi('CreateCheckoutSession')
export type CreateCheckoutSession = z.infer<typeof CreateCheckoutSession>

/** The sum may exceed the integers that are exact; it is then refused as too large. */
export function totalOf(items: readonly LineItem[]): { amount: number; currency: string } {
  const amount = items.reduce((sum, { price_data, quantity }) => sum + price_data.unit_amount * quantity, 0)
  return { amount, currency: items[0]?.price_data.currency ?? '' }
}

export const CheckoutSessionBody = z
  .object({
    id: z.string(),
    account: z.string(),
    url: z
      .url()
      .nullable()
      .openapi({ description: 'Send the customer there; null: the session is complete or expired.' }),
    expires_at: z.iso.datetime(),
    amount: z.int(),
    currency: z.string(),
  })
  .openapi('CheckoutSession')
export type CheckoutSessionBody = z.infer<typeof CheckoutSessionBody>
