/**
 * Takes in the payments and payouts that an account came to have while nobody told of it: it was out of reach, and Stripe
 * sends and may list no events of that time, or keeps them no more. What its lists show and is not known begins, and is then
 * asked for.
 */
import type { AsOf } from '../../../machines/watermark.ts'
import { advance, type AdvanceDeps } from '../advance.ts'
import type { InstanceEvent } from '../unit-of-work.ts'
import { externalIdWithin } from '../../ids.ts'
import { selectInstance, selectKnownIds } from '../../store/instances.ts'
import type { Gateway } from '../../stripe/gateway.ts'
import { AccountId } from '../../stripe/ids.ts'
import { PaymentIntentObject } from '../../stripe/objects.ts'
import { pagesSince, type Listed, type ListParams } from '../../stripe/pages-since.ts'
import { PayoutObject } from '../../stripe/payout-objects.ts'
import { observePaymentIntent } from '../../payments/observe.ts'
import { observePayout } from '../../payouts/observe.ts'

export interface BackfillDeps extends AdvanceDeps {
  stripe: Pick<Gateway, 'listPaymentIntents' | 'listPayouts'>
}

/** Of each kind. Whoever made more meanwhile is told of the rest by what happens to it next. */
const PAGES = 5

/** @throws what the Stripe call and the database throw */
export async function backfill(deps: BackfillDeps, account: string): Promise<void> {
  const [row] = await deps.db.read([selectInstance('account', account)])
  // Out of reach again, it shows nothing; when it is back, this is owed again.
  if (!row || row.value['connection'] === 'disconnected') return
  const acting = AccountId.parse(account)
  // What was made before the account was known is not this platform's.
  const since = row.created_at
  const begin = ({ id, metadata }: PaymentIntentObject | PayoutObject) => {
    const request = metadata?.gatehouse_request
    return { id, account, external_id: request === undefined ? null : externalIdWithin(account, request) }
  }

  const payments = { since, list: (params: ListParams) => deps.stripe.listPaymentIntents(acting, params) }
  await takeIn(deps, 'payment', payments, (item, as_of) => {
    const object = PaymentIntentObject.parse(item)
    const event = { type: 'stripe.observed', as_of, observation: observePaymentIntent(object) } as const
    return { machine: 'payment', id: object.id, account, event, begin: begin(object) }
  })
  const payouts = { since, list: (params: ListParams) => deps.stripe.listPayouts(acting, params) }
  await takeIn(deps, 'payout', payouts, (item, as_of) => {
    const object = PayoutObject.parse(item)
    const event = { type: 'stripe.observed', as_of, observation: observePayout(object) } as const
    return { machine: 'payout', id: object.id, account, event, begin: begin(object) }
  })
}

async function takeIn<T extends { id: string }>(
  deps: BackfillDeps,
  machine: 'payment' | 'payout',
  listed: Listed<T>,
  happeningOf: (item: T, as_of: AsOf) => InstanceEvent,
): Promise<void> {
  let pages = 0
  for await (const { value, as_of } of pagesSince(listed)) {
    const [ids] = await deps.db.read([
      selectKnownIds(
        machine,
        value.data.map(({ id }) => id),
      ),
    ])
    const known = new Set(ids)
    const units = value.data
      .filter(({ id }) => !known.has(id))
      .map((item) => ({
        cause: { kind: 'reconciler' as const, id: `${machine}:${item.id}@${deps.now()}` },
        events: [happeningOf(item, as_of)],
      }))
    if (units.length > 0) await advance(deps, units)
    pages += 1
    if (pages === PAGES) return
  }
}
