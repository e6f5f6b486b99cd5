import type Stripe from 'stripe'

/** A connected account: the whole truth as Stripe knows it, and what Stripe never shows. */
export interface AccountRecord {
  /** As a reader with every permission would see it. `view.ts` makes of it what the platform sees. */
  readonly account: Stripe.Account
  /** False once deauthorized: every call for the account is then refused. */
  readonly connected: boolean
  /** Platform controls. On for accounts made through the API, gone for good after a deauthorization. */
  readonly controlled: boolean
  /** When the first account link or session was made; from then on identity belongs to the holder. */
  readonly linkedAt: number | null
  /** Once the country is sent, or any capability requested, the holder can no longer choose it. */
  readonly countryFixed: boolean
  /** Capability to when it was requested. */
  readonly requested: Readonly<Record<string, number>>
  /** Full bank account numbers, which decide how payouts end. */
  readonly bankNumbers: Readonly<Record<string, string>>
  /** What the running verification will find, when there is one. */
  readonly verification: Verification | null
  /** What a missed requirements deadline switches off. */
  readonly atDeadline: { readonly charges: boolean; readonly payouts: boolean }
  readonly balanceSettings: BalanceExtras
  /** When the next automatic payout run is booked, if it is. */
  readonly nextPayoutMs: number | null
}

export interface Verification {
  readonly outcome: 'verified' | 'failed'
  readonly dueMs: number
}

/** Balance settings that `account.settings.payouts` has no place for. */
export interface BalanceExtras {
  readonly minimum_balance_by_currency: Readonly<Record<string, number>> | null
}
