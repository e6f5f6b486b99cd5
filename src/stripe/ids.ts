/** Stripe's ids, branded so that one kind cannot be passed for another. Parsed at the border, believed inside. */
// The routes describe these: zod's schemas can only do that if they are made after it was extended.
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
