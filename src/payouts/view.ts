/** Stored payouts as clients see them. */
import type { LiveAccount } from '../../machines/account/account.ts'
import { failingDestinations } from '../../machines/account/destinations.ts'
import { FAILURE_CLASSES, failureClass } from '../../machines/account/payout-failure.ts'
import type { LivePayout } from '../../machines/payout/payout.ts'
import { windowOf } from '../../machines/payout/return-window.ts'
import { addressOf } from '../accounts/explain.ts'
import { toTime } from '../http/time.ts'
import { failureDetail, REOPENED_BY } from '../accounts/payout-status.ts'
import { PayoutBody } from './schemas.ts'

export function payoutBody(
  live: LivePayout,
  at: { createdAt: number; livemode: boolean; account: LiveAccount },
): PayoutBody {
  const { context, value } = live
  const truth = context.facts.payout?.value
  const settlesAt = windowOf(context)
  return PayoutBody.parse({
    id: context.id,
    account: context.account,
    livemode: at.livemode,
    status: value['payout'],
    stripe_status: truth?.status ?? '',
    amount: truth?.amount ?? 0,
    currency: truth?.currency ?? '',
    automatic: truth?.automatic ?? false,
    method: truth?.method ?? null,
    destination: truth?.destination ?? null,
    arrival_date: secondsToTime(truth?.arrival_date ?? null),
    settles_at: secondsToTime(settlesAt),
    failure: value['payout'] === 'failed' ? failureBody(live, at.account) : null,
    original_payout: truth?.original_payout ?? null,
    reversed_by: truth?.reversed_by ?? null,
    reconciliation_status: truth?.reconciliation_status ?? null,
    trace: truth?.trace ?? null,
    created_at: secondsToTime(truth?.created ?? null) ?? toTime(at.createdAt),
  })
}

/** What it needs depends on what Stripe makes of the bank account, which the account knows. */
function failureBody({ context }: LivePayout, account: LiveAccount): PayoutBody['failure'] {
  const { payout, failure } = context.facts
  if (!payout) return null
  const { destination, failure_code, automatic, amount } = payout.value
  const { facts } = account.context
  const external = destination === null ? undefined : facts.external_accounts.items[destination]?.value
  const needs = failureClass({ failure_code, automatic }, external?.status)
  const { actor, ...rest } = FAILURE_CLASSES[needs]
  return {
    code: failure_code,
    class: needs,
    actor,
    ...('remedy' in rest && { remedy: addressOf(rest.remedy, context.account) }),
    detail: failureDetail(needs, { destination, failure_code, automatic, amount }),
    reopened_by: REOPENED_BY[needs],
    failed_at: secondsToTime(failure?.value.at ?? null),
    ongoing: failingDestinations(facts).some(({ id }) => id === destination),
  }
}

function secondsToTime(seconds: number | null): string | null {
  return seconds === null ? null : toTime(seconds * 1000)
}
