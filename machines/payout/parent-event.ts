/** The event that reports a payout to its account: who must act on a failure, and when money is next expected. */
import type { AccountEvent } from '../account/events.ts'
import type { Live } from '../lifecycle.ts'
import type { PayoutContext } from './context.ts'

export type PayoutParentEvent = Extract<AccountEvent, { type: 'payout.moved' }>

export function payoutParentEvent({ value, context }: Live<PayoutContext>): PayoutParentEvent | null {
  const { payout, failure } = context.facts
  if (payout === null) return null
  const { destination, amount, currency, automatic, created, arrival_date, failure_code } = payout.value
  return {
    type: 'payout.moved',
    payout: context.id,
    as_of: payout.as_of,
    summary: {
      state: value['payout'] ?? 'unrecognized',
      destination,
      amount,
      currency,
      automatic,
      created,
      arrival_date,
      failure_code,
      failed_at: failure?.value.at ?? null,
    },
  }
}
