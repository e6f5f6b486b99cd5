/**
 * Takes in the payments and payouts that an account came to have while nobody told of it: it was out of reach, and Stripe
 * sends and may list no events of that time, or keeps them no more. What its lists show and is not known begins, and is then
 * asked for.
 */
import type { Stripe } from 'stripe'
import { advance, type AdvanceDeps } from '../advance/advance.ts'
import type { Arrival, Happening } from '../advance/arrival.ts'
import { nameWithin } from '../ids.ts'
import { parseInstances, selectInstance, selectKnownIds } from '../store/instances.ts'
import type { Answer, Gateway } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { seenPaymentIntent } from '../stripe/seen/payment.ts'
import { seenPayout } from '../stripe/seen/payout.ts'

export interface BackfillDeps extends AdvanceDeps {
  stripe: Pick<Gateway, 'listPaymentIntents' | 'listPayouts'>
}

const PAGE = 100
/** Of each kind. Whoever made more meanwhile is told of the rest by what happens to it next. */
const PAGES = 5
/** What was made earlier than the account was known is not this platform's; clocks differ by less. */
const HOUR_S = 3_600

/** @throws what the Stripe call and the database throw */
export async function backfill(deps: BackfillDeps, account: string): Promise<void> {
  const [rows = []] = await deps.db.read([selectInstance('account', account)])
  const [row] = parseInstances(rows)
  // Out of reach again, it shows nothing; when it is back, this is owed again.
  if (!row || row.value['connection'] === 'disconnected') return
  const acting = AccountId.parse(account)
  const created = { gte: Math.floor(row.created_at / 1000) - HOUR_S }
  await takeIn(deps, account, {
    machine: 'payment',
    list: (page) => deps.stripe.listPaymentIntents(acting, { ...page, created }),
    read(item) {
      const object = PaymentIntentObject.parse(item)
      return { object, seen: seenPaymentIntent(object) }
    },
  })
  await takeIn(deps, account, {
    machine: 'payout',
    list: (page) => deps.stripe.listPayouts(acting, { ...page, created }),
    read(item) {
      const object = PayoutObject.parse(item)
      return { object, seen: seenPayout(object) }
    },
  })
}

interface Kind {
  machine: 'payment' | 'payout'
  list: (page: Stripe.PaginationParams) => Promise<Answer<Stripe.ApiList<{ id: string }>>>
  read: (item: unknown) => { object: PaymentIntentObject | PayoutObject; seen: object }
}

async function takeIn(deps: BackfillDeps, account: string, { machine, list, read }: Kind): Promise<void> {
  let after: string | undefined
  for (let page = 1; page <= PAGES; page += 1) {
    // oxlint-disable no-await-in-loop
    const { value, as_of } = await list({
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    const ids = value.data.map(({ id }) => id)
    const [found = []] = await deps.db.read([selectKnownIds(machine, ids)])
    const known = new Set(found.map(({ id }) => id))
    const arrivals = value.data
      .filter(({ id }) => !known.has(id))
      .map((item): Arrival => {
        const { object, seen } = read(item)
        const request = object.metadata?.gatehouse_request
        const external_id = request === undefined ? null : nameWithin(account, request)
        const { id } = object
        const event = { type: 'stripe.observed', as_of, seen }
        const happening = { machine, id, account, event, begin: { id, account, external_id } } as Happening
        return {
          cause: { kind: 'reconciler', id: `${machine}:${id}@${deps.now()}` },
          happenings: [happening],
        }
      })
    if (arrivals.length > 0) await advance(deps, arrivals)
    // oxlint-enable no-await-in-loop
    after = ids.at(-1)
    if (!value.has_more) return
  }
}
