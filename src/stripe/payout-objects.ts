/** Schemas of Stripe's objects about money that leaves an account. As tolerant and as small as those in `objects.ts`. */
import { z } from 'zod'
import {
  id,
  amount,
  integer,
  integers,
  Metadata,
  optionalAmount,
  optionalClaim,
  reference,
  text,
  texts,
  unixSecond,
  unixSeconds,
} from './tolerant.ts'

export const PayoutObject = z.object({
  id,
  object: z.literal('payout'),
  status: text,
  amount,
  currency: z.string(),
  // Missing counts as automatic: only a manual payout can be canceled.
  automatic: z.boolean().catch(true),
  method: text,
  arrival_date: unixSeconds,
  destination: reference,
  failure_code: text,
  /** The return of the money, which shows when the payout failed. Expanded only if asked for. */
  failure_balance_transaction: z
    .union([id, z.object({ id, created: unixSecond })])
    .nullish()
    .catch(null),
  original_payout: reference,
  reversed_by: reference,
  reconciliation_status: text,
  trace_id: z.object({ status: z.string(), value: text }).nullish().catch(null),
  created: unixSecond,
  metadata: Metadata,
})
export type PayoutObject = z.infer<typeof PayoutObject>

export const BalanceSettingsObject = z.object({
  object: z.literal('balance_settings'),
  payments: z.object({
    debit_negative_balances: optionalClaim,
    payouts: z
      .object({
        schedule: z
          .object({ interval: text, weekly_payout_days: texts, monthly_payout_days: integers })
          .nullish()
          .catch(null),
      })
      .nullish()
      .catch(null),
    settlement_timing: z.object({ delay_days: integer }).nullish().catch(null),
  }),
})
export type BalanceSettingsObject = z.infer<typeof BalanceSettingsObject>

const Money = z.object({ amount: z.int(), currency: z.string() })

export const BalanceObject = z.object({
  object: z.literal('balance'),
  available: z.array(Money),
  pending: z.array(Money),
  instant_available: z
    .array(
      Money.extend({
        /** The net amount for each external account, after the platform's fees. Present only if it was expanded. */
        net_available: z
          .array(z.object({ amount: z.int(), destination: id }))
          .nullish()
          .catch(null),
      }),
    )
    .nullish()
    .catch(null),
})
export type BalanceObject = z.infer<typeof BalanceObject>

export const ReserveHoldObject = z.object({
  id,
  object: z.literal('reserve.hold'),
  amount,
  amount_releasable: optionalAmount,
  currency: z.string(),
  created_by: text,
  release_details: z.array(z.object({ amount })).nullish().catch(null),
  release_schedule: z.object({ release_after: unixSeconds }).nullish().catch(null),
  reserve_plan: reference,
  source_charge: reference,
})
export type ReserveHoldObject = z.infer<typeof ReserveHoldObject>

export const ReservePlanObject = z.object({
  id,
  object: z.literal('reserve.plan'),
  status: text,
  type: text,
  percent: z.number().catch(0),
  currency: text,
  created_by: text,
  fixed_release: z.object({ release_after: unixSeconds }).nullish().catch(null),
  rolling_release: z.object({ days_after_charge: integer, expires_on: unixSeconds }).nullish().catch(null),
})
export type ReservePlanObject = z.infer<typeof ReservePlanObject>
