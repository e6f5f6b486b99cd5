/** Fetches a payout from Stripe, and lists an account's payouts. */
import type { Stripe } from 'stripe'
import type { payout as payoutLifecycle } from '../../machines/payout/payout.ts'
import { explainUnobservable } from '../accounts/fetch.ts'
import type { FetchDeps, FetchSubject } from '../engine/adapter.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdIn } from '../idempotency/mark.ts'
import type { Gateway } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { pagesSince } from '../stripe/pages-since.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { observePayout } from './observe.ts'

/** @throws the error of a Stripe call that failed, unless Stripe says that it cannot show the payout */
export async function fetchPayout(deps: FetchDeps, subject: FetchSubject): Promise<InstanceEvent[]> {
  const { id, account, seq, isOwed } = subject
  const asked = { seq, at: deps.now(), isOwed }
  const instance = { machine: 'payout', id, account } as const
  try {
    const { value, as_of } = await deps.stripe.retrievePayout(AccountId.parse(account), PayoutId.parse(id))
    const observation = observePayout(PayoutObject.parse(value))
    return [{ ...instance, event: { type: 'stripe.observed', as_of, observation, asked } }]
  } catch (error) {
    const { reason, account: disconnected } = explainUnobservable(deps, { account, asked, error })
    return [{ ...instance, event: { type: 'stripe.unobservable', reason, asked } }, ...disconnected]
  }
}

/** Pages of the account's payouts created since then, newest first, as events that begin unknown payouts. */
export async function* listPayoutsSince(
  stripe: Gateway,
  { account, since }: { account: string; since: number },
): AsyncGenerator<InstanceEvent<typeof payoutLifecycle>[]> {
  const acting = AccountId.parse(account)
  const list = (params: Stripe.PayoutListParams) => stripe.listPayouts(acting, params)
  for await (const { value, as_of } of pagesSince({ since, list })) {
    yield value.data.map((item) => {
      const object = PayoutObject.parse(item)
      const { id } = object
      const event = { type: 'stripe.observed', as_of, observation: observePayout(object) } as const
      const begin = { id, account, external_id: externalIdIn(account, object.metadata) }
      return { machine: 'payout', id, account, event, begin }
    })
  }
}
