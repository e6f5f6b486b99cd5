/** Payouts by their difference from a new one, and the events that they send their account. */
import type { PayoutSummary } from '../../machines/account/facts.ts'
import type { PayoutFacts, PayoutTruth } from '../../machines/payout/facts.ts'
import type { PayoutParentEvent } from '../../machines/payout/parent-event.ts'
import { payout, type LivePayout } from '../../machines/payout/payout.ts'
import type { Observation } from '../../machines/watermark.ts'
import { seconds } from './an-account.ts'

/** Monday, 2 March 2026, 00:00 UTC. */
export const MONDAY = 1_772_409_600
export const DAY = 86_400

export function aPayoutTruth(overrides: Partial<PayoutTruth> = {}): PayoutTruth {
  return {
    status: 'pending',
    amount: 5000,
    currency: 'usd',
    automatic: false,
    method: 'standard',
    arrival_date: MONDAY,
    destination: 'ba_1',
    failure_code: null,
    original_payout: null,
    reversed_by: null,
    reconciliation_status: 'not_applicable',
    trace: null,
    created: MONDAY - 3 * DAY,
    ...overrides,
  }
}

/** A payout after one fetch, in second 100. */
export function aPayout(
  overrides: Partial<PayoutTruth> = {},
  failure: PayoutFacts['failure'] extends null | { value: infer V } ? V | null : never = null,
): LivePayout {
  const observation: Observation<PayoutFacts> = {
    payout: aPayoutTruth(overrides),
    ...(failure && { failure }),
  }
  return payout.begin(
    { id: 'po_1', account: 'acct_1', external_id: null },
    { type: 'stripe.observed', as_of: seconds(100), asked: { seq: 0, at: 100_000 }, observation },
  ).live
}

export function aPayoutSummary(overrides: Partial<PayoutSummary> = {}): PayoutSummary {
  return {
    state: 'pending',
    destination: 'ba_1',
    amount: 5000,
    currency: 'usd',
    automatic: true,
    created: 90,
    arrival_date: 100,
    failure_code: null,
    failed_at: null,
    ...overrides,
  }
}

/** The event that a payout sends its account. */
export function aPayoutEvent(overrides: Partial<PayoutSummary> = {}, payoutId = 'po_1'): PayoutParentEvent {
  return { type: 'payout.moved', payout: payoutId, as_of: seconds(100), summary: aPayoutSummary(overrides) }
}

export function aFailedPayout(overrides: Partial<PayoutSummary> = {}, payoutId = 'po_1'): PayoutParentEvent {
  return aPayoutEvent({ state: 'failed', failure_code: 'no_account', failed_at: 110, ...overrides }, payoutId)
}
