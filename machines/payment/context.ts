/** The context of a payment's instance. JSON only. */
import { z } from 'zod'
import { observedContext } from '../observation.ts'
import { PaymentFacts } from './facts.ts'

export const PaymentContext = z.object({
  ...observedContext,
  id: z.string(),
  account: z.string(),
  /** The request that created it; null: created elsewhere. */
  external_id: z.string().nullable(),
  /** A refresh was asked for because the fee was overdue. */
  fee_checked: z.boolean(),
  facts: PaymentFacts,
})
export type PaymentContext = z.infer<typeof PaymentContext>

export interface PaymentInput {
  id: string
  account: string
  external_id: string | null
}
