/** Accounts by their difference from one in good standing. */
import { account, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountFacts, AccountTruth, Controller } from '../../machines/account/facts.ts'
import type { Observation } from '../../machines/watermark.ts'

const NOTHING_DUE = {
  currently_due: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
  current_deadline: null,
}

export function aTruth(overrides: Partial<AccountTruth> = {}): AccountTruth {
  return {
    charges_enabled: true,
    payouts_enabled: true,
    details_submitted: true,
    disabled_reason: null,
    requirements: { ...NOTHING_DUE, errors: [] },
    future_requirements: NOTHING_DUE,
    country: 'US',
    default_currency: 'usd',
    ...overrides,
  }
}

export function due(overrides: Partial<AccountTruth['requirements']> = {}): AccountTruth['requirements'] {
  return { ...NOTHING_DUE, errors: [], ...overrides }
}

export const SUPPORTED: Controller = {
  dashboard: 'full',
  fees_payer: 'account',
  losses: 'stripe',
  requirement_collection: 'stripe',
  type: 'application',
  is_controller: true,
}

/** A whole account, as a fetched answer shows it. */
export function seenWhole(overrides: Observation<AccountFacts> = {}): Observation<AccountFacts> {
  return {
    connection: 'connected',
    controller: SUPPORTED,
    account: aTruth(),
    capabilities: { items: { card_payments: 'active', transfers: 'active' }, all: true },
    external_accounts: { items: {}, all: true },
    ...overrides,
  }
}

export function seconds(from: number, to = from): { from: number; to: number } {
  return { from, to }
}

/** An account after one fetch. */
export function anAccount(overrides: Observation<AccountFacts> = {}): LiveAccount {
  const input = { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null }
  return account.begin(input, {
    type: 'stripe.observed',
    as_of: seconds(100),
    asked: { seq: 0, at: 100_000 },
    observation: seenWhole(overrides),
  }).live
}
