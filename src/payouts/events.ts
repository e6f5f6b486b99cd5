/** Events that move a payout, and those that explain when and whether money leaves an account at all. */
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdWithin } from '../ids.ts'
import {
  BalanceObject,
  BalanceSettingsObject,
  PayoutObject,
  ReserveHoldObject,
  ReservePlanObject,
} from '../stripe/payout-objects.ts'
import { one } from '../payments/observe.ts'
import {
  negativeBalances,
  observeReserveHold,
  observePayout,
  observeReservePlan,
  observePayoutSettings,
} from './observe.ts'
import { heardOf } from '../accounts/events.ts'
import { during, ofAccount, type Meaning } from '../engine/event-meaning.ts'

const payoutChanged = ofAccount(PayoutObject, ({ object, account, created }) =>
  observed(object, { account, created, failedAt: null }),
)

const planChanged = ofAccount(ReservePlanObject, ({ object, account, created }) => [
  heardOf(account, created, { reserve_plans: one(object.id, observeReservePlan(object)) }),
])

const holdChanged = ofAccount(ReserveHoldObject, ({ object, account, created }) =>
  object.reserve_plan || object.source_charge
    ? 'it is a part of a charge, which the reserve plan speaks of as a whole'
    : [heardOf(account, created, { reserve_holds: one(object.id, observeReserveHold(object)) })],
)

export const PAYOUT_EVENTS = {
  'payout.created': payoutChanged,
  'payout.updated': payoutChanged,
  'payout.paid': payoutChanged,
  // The one that is sent in the very second of the failure.
  'payout.failed': ofAccount(PayoutObject, ({ object, account, created }) =>
    observed(object, { account, created, failedAt: created }),
  ),
  'payout.canceled': payoutChanged,
  'payout.reconciliation_completed': payoutChanged,
  'balance.available': ofAccount(BalanceObject, ({ object, account, created }) => [
    heardOf(account, created, { negative_balances: negativeBalances(object) }),
  ]),
  'balance_settings.updated': ofAccount(BalanceSettingsObject, ({ object, account, created }) => [
    heardOf(account, created, { payout_settings: observePayoutSettings(object) }),
  ]),
  'reserve.hold.created': holdChanged,
  'reserve.hold.updated': holdChanged,
  'reserve.plan.created': planChanged,
  'reserve.plan.updated': planChanged,
  'reserve.plan.disabled': planChanged,
  'reserve.plan.expired': planChanged,
} satisfies Record<string, Meaning>

/** A payout nobody here knows is adopted, whoever made it. Its account hears of it from the payout's own instance. */
function observed(
  object: PayoutObject,
  { account, created, failedAt }: { account: string; created: number; failedAt: number | null },
): InstanceEvent[] {
  const { id, metadata } = object
  const request = metadata?.gatehouse_request
  return [
    {
      machine: 'payout',
      id,
      account,
      event: {
        type: 'stripe.observed',
        as_of: during(created),
        observation: observePayout(object, failedAt),
      },
      begin: { id, account, external_id: request === undefined ? null : externalIdWithin(account, request) },
    },
    heardOf(account, created),
  ]
}
