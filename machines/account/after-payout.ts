/** How an account reacts when one of its payouts moves, and when the refresh that a failed payout owes is answered. */
import type { Effect } from '../effects.ts'
import type { ObservedEvent, ObservedContext } from '../observation.ts'
import { membersOf, same, type Collection } from '../watermark.ts'
import type { AccountContext } from './context.ts'
import { withPayout } from './destinations.ts'
import type { AccountEvent } from './events.ts'
import type { AccountFacts, PayoutSummary } from './facts.ts'

/**
 * Stripe sets a bank account to `errored` when a payout to it fails. The refresh waits until the second of the failure
 * is over: an answer from that second could show the bank account as it was before.
 */
const AFTER_FAILURE_MS = 2_000

export function afterPayout(
  context: AccountContext,
  { payout, as_of, summary }: Extract<AccountEvent, { type: 'payout.moved' }>,
): { now: Partial<Pick<AccountContext, 'facts' | 'owes_refresh'>>; effects: Effect[] } {
  const { facts, owes_refresh } = context
  const known = facts.payouts.items[payout]
  if (known && same(known.value, summary)) return { now: {}, effects: [] }
  const payouts = withPayout(facts.payouts, payout, { as_of, value: summary, suspect: false })
  const failed = stateOf(payouts, payout) === 'failed' && stateOf(facts.payouts, payout) !== 'failed'
  return {
    now: {
      facts: { ...facts, payouts },
      owes_refresh: owes_refresh || failed,
    },
    effects: failed && !owes_refresh ? [{ kind: 'refresh', after_ms: AFTER_FAILURE_MS }] : [],
  }
}

function stateOf({ items }: Collection<PayoutSummary>, payout: string): string | undefined {
  return items[payout]?.value?.state
}

/**
 * A refresh that is owed because a payout failed stays owed until an answer is newer than the failure: an older one may
 * show the bank account as it was before. If the answer pays that refresh, another refresh follows.
 */
export function afterAnswer(
  { owes_refresh }: AccountContext,
  { as_of, asked }: ObservedEvent<AccountFacts>,
  observed: { now: ObservedContext<AccountFacts>; effects: Effect[] },
): { now: ObservedContext<AccountFacts>; effects: Effect[] } {
  if (!asked || !owes_refresh || observed.now.owes_refresh) return observed
  // This failure is newer than the refresh it triggered: its clock was ahead of Stripe's.
  const latest = asked.isOwed === true ? as_of.to : Infinity
  const isOpen = membersOf(observed.now.facts.payouts).some(
    ([, { state, failed_at }]) =>
      state === 'failed' && failed_at !== null && as_of.from <= failed_at && failed_at <= latest,
  )
  if (!isOpen) return observed
  const again: Effect[] = asked.isOwed === true ? [{ kind: 'refresh', after_ms: AFTER_FAILURE_MS }] : []
  return { now: { ...observed.now, owes_refresh: true }, effects: [...observed.effects, ...again] }
}
