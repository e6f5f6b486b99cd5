/** What becomes of an account when one of its payouts moves. */
import type { Effect } from '../effects.ts'
import { same } from '../watermark.ts'
import type { AccountContext } from './context.ts'
import { withPayout } from './destinations.ts'
import type { AccountEvent } from './events.ts'

/**
 * Stripe sets a bank account to `errored` when a payout to it fails. Whether it did is asked once the second of the
 * failure is over: an answer from that very second could not be told from one before.
 */
const AFTER_FAILURE_MS = 2_000

export function afterPayout(
  context: AccountContext,
  { payout, as_of, sight }: Extract<AccountEvent, { type: 'payout.moved' }>,
): { now: Pick<AccountContext, 'facts' | 'owes_refresh'>; effects: Effect[] } {
  const { facts, owes_refresh } = context
  const known = facts.payouts.items[payout]
  const isNews = !same(known?.value, sight)
  const told = { as_of: isNews ? as_of : (known?.as_of ?? as_of), value: sight, suspect: false }
  const payouts = withPayout(facts.payouts, payout, told)
  const failed = payouts.items[payout]?.value?.state === 'failed' && known?.value?.state !== 'failed'
  return {
    now: {
      facts: { ...facts, payouts },
      owes_refresh: owes_refresh || failed,
    },
    effects: failed && !owes_refresh ? [{ kind: 'refresh', after_ms: AFTER_FAILURE_MS }] : [],
  }
}
