/** Turns Stripe's events into events of a payout. The payout's instance then tells its account. */
import { accountObserved } from '../accounts/events.ts'
import { connectEvent, secondOf, type StripeEventHandler } from '../engine/translate.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdIn } from '../idempotency/mark.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { observePayout } from './observe.ts'

const payoutChanged = connectEvent(PayoutObject, ({ object, account, created }) =>
  payoutObserved(object, { account, created, failedAt: null }),
)

export const PAYOUT_EVENTS = {
  'payout.created': payoutChanged,
  'payout.updated': payoutChanged,
  'payout.paid': payoutChanged,
  // Stripe sends this event in the second of the failure.
  'payout.failed': connectEvent(PayoutObject, ({ object, account, created }) =>
    payoutObserved(object, { account, created, failedAt: created }),
  ),
  'payout.canceled': payoutChanged,
  'payout.reconciliation_completed': payoutChanged,
} satisfies Record<string, StripeEventHandler>

/** An unknown payout begins here, whoever created it. The same goes for its account. */
function payoutObserved(
  object: PayoutObject,
  { account, created, failedAt }: { account: string; created: number; failedAt: number | null },
): InstanceEvent[] {
  const { id, metadata } = object
  return [
    {
      machine: 'payout',
      id,
      account,
      event: {
        type: 'stripe.observed',
        as_of: secondOf(created),
        observation: observePayout(object, failedAt),
      },
      begin: { id, account, external_id: externalIdIn(account, metadata) },
    },
    accountObserved(account, created),
  ]
}
