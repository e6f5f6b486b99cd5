/** What is known of a connected account: Stripe's words, kept as facts, each piece with the time it was true. */
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

/** A bank account or debit card that is paid out to. No digits of it, no name on it: no state needs them. */
export const ExternalAccount = z.object({
  object: z.string(),
  status: z.string().nullable(),
  currency: z.string().nullable(),
  default_for_currency: z.boolean(),
  instant: z.boolean(),
})
export type ExternalAccount = z.infer<typeof ExternalAccount>

/** A payout as its account knows it. It is never seen by the account itself: the payout's own instance tells of it. */
export const PayoutSummary = z.object({
  /** Of the payout's machine. */
  state: z.string(),
  destination: z.string().nullable(),
  amount: z.int(),
  currency: z.string(),
  automatic: z.boolean(),
  /** Unix seconds, as the times below. */
  created: z.int(),
  arrival_date: z.int().nullable(),
  failure_code: z.string().nullable(),
  /** Null: it has not failed, or Stripe does not say when. */
  failed_at: z.int().nullable(),
})
export type PayoutSummary = z.infer<typeof PayoutSummary>

/** How money leaves the account by itself. Every value is Stripe's own word. */
export const PayoutSettings = z.object({
  interval: z.string().nullable(),
  weekly_payout_days: z.array(z.string()),
  monthly_payout_days: z.array(z.int()),
  /** For how many days what a charge brings is held first. */
  delay_days: z.int().nullable(),
  /** Whether Stripe takes what the balance lacks from the bank account. */
  debit_negative_balances: z.boolean().nullable(),
})
export type PayoutSettings = z.infer<typeof PayoutSettings>

/** Currency → what the available balance lacks, in minor units below 0. Only those that are negative. */
export const NegativeBalances = z.record(z.string(), z.int())
export type NegativeBalances = z.infer<typeof NegativeBalances>

/** Money set aside by itself. What a plan sets aside of each charge is not kept one by one: the plan says it. */
export const ReserveHold = z.object({
  amount: z.int(),
  currency: z.string(),
  created_by: z.string().nullable(),
  /** Unix seconds; null: until somebody releases it. */
  release_after: z.int().nullable(),
})
export type ReserveHold = z.infer<typeof ReserveHold>

/** A share of every charge that is set aside for a while. */
export const ReservePlan = z.object({
  percent: z.number(),
  /** Null: of every currency. */
  currency: z.string().nullable(),
  created_by: z.string().nullable(),
  type: z.string().nullable(),
  /** Of a fixed plan: when all of it is released, in Unix seconds. */
  release_after: z.int().nullable(),
  /** Of a rolling plan: how long each part is kept, and when the plan ends. */
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
  /** By payout: those under way, and of those that ended, the ones that still say something of their destination. */
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
 * What explains and decides nothing: no state and no gate depends on it, and of some of it Stripe can only be heard,
 * not asked. It is never suspect.
 */
export const INFORMATIONAL: ReadonlySet<string> = new Set([
  'payout_settings',
  'negative_balances',
  'reserve_holds',
  'reserve_plans',
] satisfies (keyof AccountFacts)[])
