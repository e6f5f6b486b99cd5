/** What is known of a connected account: Stripe's words, kept as facts, each piece with the time it was true. */
import { z } from 'zod'
import { many, nothing, piece } from '../watermark.ts'

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

/** How the latest payout to one external account ended. */
export const PayoutOutcome = z.object({
  payout: z.string(),
  status: z.enum(['paid', 'failed']),
  failure_code: z.string().nullable(),
})
export type PayoutOutcome = z.infer<typeof PayoutOutcome>

export const AccountFacts = z.object({
  /** Whether this platform may act for the account. */
  connection: piece(z.enum(['connected', 'disconnected'])).nullable(),
  controller: piece(Controller).nullable(),
  account: piece(AccountTruth).nullable(),
  /** Capability name → Stripe's status, an open enum. */
  capabilities: many(z.string()),
  external_accounts: many(ExternalAccount),
  payout_outcomes: many(PayoutOutcome),
})
export type AccountFacts = z.infer<typeof AccountFacts>

export const NO_FACTS: AccountFacts = {
  connection: null,
  controller: null,
  account: null,
  capabilities: nothing(),
  external_accounts: nothing(),
  payout_outcomes: nothing(),
}
