/** A payout as clients see it. */
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
  const payout = context.facts.payout?.value
  const settlesAt = windowOf(context)
  return PayoutBody.parse({
    id: context.id,
    account: context.account,
    livemode: at.livemode,
    status: value['payout'],
    stripe_status: payout?.status ?? '',
    amount: payout?.amount ?? 0,
    currency: payout?.currency ?? '',
    automatic: payout?.automatic ?? false,
    method: payout?.method ?? null,
    destination: payout?.destination ?? null,
    arrival_date: secondsToTime(payout?.arrival_date ?? null),
    settles_at: secondsToTime(settlesAt),
    failure: value['payout'] === 'failed' ? failureBody(live, at.account) : null,
    original_payout: payout?.original_payout ?? null,
    reversed_by: payout?.reversed_by ?? null,
    reconciliation_status: payout?.reconciliation_status ?? null,
    trace: payout?.trace ?? null,
    created_at: secondsToTime(payout?.created ?? null) ?? toTime(at.createdAt),
  })
}

/** The class of the failure depends on Stripe's status of the external account, which the account's facts hold. */
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
