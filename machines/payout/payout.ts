/** The payout lifecycle: its statechart and its stored form. */
import { lifecycle, type Live } from '../lifecycle.ts'
import { withHeardSeq } from '../upcasts.ts'
import { PayoutContext } from './context.ts'
import { payoutMachine } from './machine.ts'
import { payoutRegions } from './regions.ts'
import { payoutParentEvent } from './parent-event.ts'
import { windowAhead, windowOf } from './return-window.ts'

export type LivePayout = Live<PayoutContext>

const HOUR_MS = 3_600_000

export const payout = lifecycle({
  name: 'payout',
  machine: payoutMachine,
  regions: payoutRegions,
  version: 2,
  context: PayoutContext,
  upcasts: { 1: withHeardSeq },
  wakeAt: ({ context }) => {
    const end = windowAhead(context)
    return end === null ? null : end * 1000
  },
  freshFor,
  externalId: ({ context }) => context.external_id,
  parent: { machine: 'account', event: payoutParentEvent },
})

/** A payout that is due at the bank is checked within the hour; a settled one, once more after its return window. */
function freshFor({ value, context }: LivePayout, factsMaxAgeMs: number): number | null {
  const state = value['payout']
  const askedAt = context.asked_at ?? 0
  if (state === 'pending' || state === 'in_transit') {
    const due = (context.facts.payout?.value.arrival_date ?? 0) * 1000
    return Math.min(factsMaxAgeMs, Math.max(due - askedAt, 0) + HOUR_MS)
  }
  if (state === 'settled') return askedAt < (windowOf(context) ?? 0) * 1000 ? HOUR_MS : null
  return state === 'failed' || state === 'canceled' ? null : factsMaxAgeMs
}
