/** The facts of a payout, as Stripe states them. Amounts in minor units. */
import { z } from 'zod'
import { piece, type FinalValues } from '../watermark.ts'

export const PayoutTruth = z.object({
  /** An open enum to us. */
  status: z.string(),
  /** Negative: the payout debits the bank account. */
  amount: z.int(),
  currency: z.string(),
  /** Created by the account's schedule; otherwise by request. */
  automatic: z.boolean(),
  method: z.string().nullable(),
  /** When it should arrive at the bank, in Unix seconds. */
  arrival_date: z.int().nullable(),
  /** The external account it goes to. */
  destination: z.string().nullable(),
  /** An open enum to us; Stripe publishes a list and says that it is not complete. */
  failure_code: z.string().nullable(),
  /** The payout that this one reverses. */
  original_payout: z.string().nullable(),
  /** The payout that reverses this one. */
  reversed_by: z.string().nullable(),
  reconciliation_status: z.string().nullable(),
  /** The bank's trace id. It may come up to ten days late. */
  trace: z.object({ status: z.string(), id: z.string().nullable() }).nullable(),
  created: z.int(),
})
export type PayoutTruth = z.infer<typeof PayoutTruth>

export const PayoutFacts = z.object({
  payout: piece(PayoutTruth).nullable(),
  /**
   * When it failed, in Unix seconds, from its event or from the returned money: the payout object does not say. If neither
   * is known, the time of the answer that showed the failure, as an upper bound.
   */
  failure: piece(z.object({ at: z.int() })).nullable(),
})
export type PayoutFacts = z.infer<typeof PayoutFacts>

export const NO_FACTS: PayoutFacts = { payout: null, failure: null }

/** https://docs.stripe.com/api/payouts/object#payout_object-status */
export const FINAL_VALUES: FinalValues<PayoutFacts> = { payout: { status: 'canceled' } }
