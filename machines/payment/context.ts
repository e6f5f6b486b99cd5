/** What a payment's instance remembers. JSON only. */
import { z } from 'zod'
import { observedContext } from '../observation.ts'
import { PaymentFacts } from './facts.ts'

export const PaymentContext = z.object({
  ...observedContext,
  id: z.string(),
  account: z.string(),
  /** The request that made it; null: made elsewhere and heard of. */
  external_id: z.string().nullable(),
  /** A fee that did not come by itself was asked for. */
  fee_checked: z.boolean(),
  facts: PaymentFacts,
})
export type PaymentContext = z.infer<typeof PaymentContext>

export interface PaymentInput {
  id: string
  account: string
  external_id: string | null
}
