/** The facts of a connected account, as Stripe states them. Each piece has the time at which it was true. */
import { z } from 'zod'
import { collection, emptyCollection, piece } from '../watermark.ts'

/** Requirement names as Stripe gives them (`business_profile.url`, `interv_….challenge`), never the values behind them. */
const RequirementLists = z.object({
  currently_due: z.array(z.string()),
  eventually_due: z.array(z.string()),
  past_due: z.array(z.string()),
  pending_verification: z.array(z.string()),
  /** Unix seconds. */
  current_deadline: z.int().nullable(),
})

export const AccountTruth = z.object({
  charges_enabled: z.boolean(),
  payouts_enabled: z.boolean(),
  details_submitted: z.boolean(),
  /** An open enum to us: Stripe adds values, and older API versions say others. */
  disabled_reason: z.string().nullable(),
  requirements: RequirementLists.extend({
    errors: z.array(z.object({ requirement: z.string(), code: z.string(), reason: z.string() })),
  }),
  future_requirements: RequirementLists,
  country: z.string().nullable(),
  default_currency: z.string().nullable(),
})
export type AccountTruth = z.infer<typeof AccountTruth>

/** Chosen when the account is made and permanent; null: Stripe did not say. */
export const Controller = z.object({
  dashboard: z.string().nullable(),
  fees_payer: z.string().nullable(),
  losses: z.string().nullable(),
  requirement_collection: z.string().nullable(),
  /** `application`: a platform has controls over the account; `account`: it governs itself. */
  type: z.string().nullable(),
  is_controller: z.boolean(),
})
export type Controller = z.infer<typeof Controller>

/** A bank account or debit card for payouts. No digits and no names: no state needs them. */
export const ExternalAccount = z.object({
  object: z.string(),
  status: z.string().nullable(),
  currency: z.string().nullable(),
  default_for_currency: z.boolean(),
  instant: z.boolean(),
})
export type ExternalAccount = z.infer<typeof ExternalAccount>

/** A payout as its account knows it, reported by the payout's instance. */
export const PayoutSummary = z.object({
  /** The state of the payout's machine. */
  state: z.string(),
  destination: z.string().nullable(),
  amount: z.int(),
  currency: z.string(),
  automatic: z.boolean(),
  /** Unix seconds, like the times below. */
  created: z.int(),
  arrival_date: z.int().nullable(),
  failure_code: z.string().nullable(),
  /** Null: it has not failed, or Stripe does not say when. */
  failed_at: z.int().nullable(),
})
export type PayoutSummary = z.infer<typeof PayoutSummary>

/** The schedule of automatic payouts. Every value is Stripe's own. */
export const PayoutSettings = z.object({
  interval: z.string().nullable(),
  weekly_payout_days: z.array(z.string()),
  monthly_payout_days: z.array(z.int()),
  /** For how many days the proceeds of a charge are held first. */
  delay_days: z.int().nullable(),
  /** Whether Stripe debits the bank account when the balance is negative. */
  debit_negative_balances: z.boolean().nullable(),
})
export type PayoutSettings = z.infer<typeof PayoutSettings>

/** Currency → the available balance in minor units, where it is negative. */
export const NegativeBalances = z.record(z.string(), z.int())
export type NegativeBalances = z.infer<typeof NegativeBalances>

/** Money held back once. What a plan holds back of each charge is not kept one by one. */
export const ReserveHold = z.object({
  amount: z.int(),
  currency: z.string(),
  created_by: z.string().nullable(),
  /** Unix seconds; null: until it is released by hand. */
  release_after: z.int().nullable(),
})
export type ReserveHold = z.infer<typeof ReserveHold>

/** A share of every charge that is held back for a while. */
export const ReservePlan = z.object({
  percent: z.number(),
  /** Null: every currency. */
  currency: z.string().nullable(),
  created_by: z.string().nullable(),
  type: z.string().nullable(),
  /** For a fixed plan: when all of it is released, in Unix seconds. */
  release_after: z.int().nullable(),
  /** For a rolling plan: how long each part is held, and when the plan ends. */
  days_after_charge: z.int().nullable(),
  expires_on: z.int().nullable(),
})
export type ReservePlan = z.infer<typeof ReservePlan>

/** Whether this platform may act for the account. */
export const Connection = piece(z.enum(['connected', 'disconnected']))
export type Connection = z.infer<typeof Connection>

export const AccountFacts = z.object({
  connection: Connection.nullable(),
  controller: piece(Controller).nullable(),
  account: piece(AccountTruth).nullable(),
  /** Capability name → Stripe's status, an open enum. */
  capabilities: collection(z.string()),
  external_accounts: collection(ExternalAccount),
  /** By payout id: those under way, and the ended ones that are relevant for their destination. */
  payouts: collection(PayoutSummary),
  payout_settings: piece(PayoutSettings).nullable(),
  negative_balances: piece(NegativeBalances).nullable(),
  reserve_holds: collection(ReserveHold),
  reserve_plans: collection(ReservePlan),
})
export type AccountFacts = z.infer<typeof AccountFacts>

export const NO_FACTS: AccountFacts = {
  connection: null,
  controller: null,
  account: null,
  capabilities: emptyCollection(),
  external_accounts: emptyCollection(),
  payouts: emptyCollection(),
  payout_settings: null,
  negative_balances: null,
  reserve_holds: emptyCollection(),
  reserve_plans: emptyCollection(),
}

/**
 * Facts that decide nothing: no state and no gate depends on them, and Stripe cannot be asked for some of them. They are
 * never suspect.
 */
export const INFORMATIONAL: ReadonlySet<string> = new Set([
  'payout_settings',
  'negative_balances',
  'reserve_holds',
  'reserve_plans',
] satisfies (keyof AccountFacts)[])
