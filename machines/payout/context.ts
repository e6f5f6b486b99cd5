/** The context of a payout's instance. JSON only. */
import { z } from 'zod'
import { observedContext } from '../observation.ts'
import { PayoutFacts } from './facts.ts'

export const PayoutContext = z.object({
  ...observedContext,
  id: z.string(),
  account: z.string(),
  /** The request that created it; null: Stripe's schedule, or another party, created it. */
  external_id: z.string().nullable(),
  /** The end of the return window, once it has passed and was handled; in Unix seconds. */
  window_noticed: z.int().nullable(),
  facts: PayoutFacts,
})
export type PayoutContext = z.infer<typeof PayoutContext>

export interface PayoutInput {
  id: string
  account: string
  external_id: string | null
}
