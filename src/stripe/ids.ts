/** Stripe's ids, branded so that one kind cannot be passed for another. Parsed where they enter, trusted inside. */
// From this package, because routes add OpenAPI descriptions to these schemas.
import { z } from '@hono/zod-openapi'

export const AccountId = z
  .string()
  .regex(/^acct_[A-Za-z0-9_]{1,64}$/, 'must be a connected account id (acct_…)')
  .brand('AccountId')
export type AccountId = z.infer<typeof AccountId>

export const PaymentIntentId = z
  .string()
  .regex(/^pi_[A-Za-z0-9_]{1,64}$/, 'must be a PaymentIntent id (pi_…)')
  .brand('PaymentIntentId')
export type PaymentIntentId = z.infer<typeof PaymentIntentId>

export const PayoutId = z
  .string()
  .regex(/^po_[A-Za-z0-9_]{1,64}$/, 'must be a payout id (po_…)')
  .brand('PayoutId')
export type PayoutId = z.infer<typeof PayoutId>
