/** The context of an account's instance: our own decisions beside Stripe's facts. JSON only. */
import { z } from 'zod'
import { observedContext } from '../observation.ts'
import { AccountFacts } from './facts.ts'

/**
 * The platform's fee on a payment: `amount × bps / 10,000` rounded half up, plus `fixed`, kept within `min` and `max`,
 * all in the payment's minor unit.
 */
export const FeePolicy = z.object({
  bps: z.int().min(0).max(10_000),
  fixed: z.int().min(0).optional(),
  min: z.int().min(0).optional(),
  max: z.int().min(0).optional(),
})
export type FeePolicy = z.infer<typeof FeePolicy>

export const AccountContext = z.object({
  ...observedContext,
  id: z.string(),
  /** The client app's own id for the account; null if it was not created through this service. */
  external_id: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  fee_policy: FeePolicy.nullable(),
  /** When an onboarding link was first minted, in ms. It distinguishes `started` from `created`. */
  link_minted_at: z.int().nullable(),
  hold: z.object({ reason: z.string(), by: z.string(), at: z.int() }).nullable(),
  /** The latest requirements deadline that has passed and was handled, in Unix seconds. */
  deadline_noticed: z.int().nullable(),
  facts: AccountFacts,
})
export type AccountContext = z.infer<typeof AccountContext>

export interface AccountInput {
  id: string
  external_id: string | null
  metadata: Record<string, string>
  fee_policy: FeePolicy | null
}
