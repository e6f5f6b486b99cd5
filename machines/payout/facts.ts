/** What is known of a payout: Stripe's words. Amounts in minor units. */
import { z } from 'zod'
import { piece, type FinalValues } from '../watermark.ts'

export const PayoutTruth = z.object({
  /** An open enum to us. */
  status: z.string(),
  /** Negative: money is brought back from the bank. */
  amount: z.int(),
  currency: z.string(),
  /** Made by the account's schedule; otherwise somebody asked for it. */
  automatic: z.boolean(),
  method: z.string().nullable(),
  /** When it should be at the bank, in Unix seconds. */
  arrival_date: z.int().nullable(),
  /** The external account it goes to. */
  destination: z.string().nullable(),
  /** An open enum to us; Stripe publishes a list and says that it is not complete. */
  failure_code: z.string().nullable(),
  /** The payout this one brings back. */
  original_payout: z.string().nullable(),
  /** The payout that brings this one back. */
  reversed_by: z.string().nullable(),
  reconciliation_status: z.string().nullable(),
  /** What the bank calls it; Stripe learns it up to ten days late. */
  trace: z.object({ status: z.string(), id: z.string().nullable() }).nullable(),
  created: z.int(),
})
export type PayoutTruth = z.infer<typeof PayoutTruth>

export const PayoutFacts = z.object({
  payout: piece(PayoutTruth).nullable(),
  /** When it failed, in Unix seconds. The payout itself does not say: its event does, or the money coming back. At the latest then, where neither told. */
  failure: piece(z.object({ at: z.int() })).nullable(),
})
export type PayoutFacts = z.infer<typeof PayoutFacts>

export const NO_FACTS: PayoutFacts = { payout: null, failure: null }

/** https://docs.stripe.com/api/payouts/object#payout_object-status */
export const FINAL_VALUES: FinalValues<PayoutFacts> = { payout: { status: 'canceled' } }
