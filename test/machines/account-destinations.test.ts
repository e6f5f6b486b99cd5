/** Which payouts an account keeps, which it expects next, and when a moved payout owes a refresh. */
import { describe, expect, it } from 'vitest'
import { account, type LiveAccount } from '../../machines/account/account.ts'
import { nextPayout } from '../../machines/account/destinations.ts'
import type { AccountEvent } from '../../machines/account/events.ts'
import type { AsOf } from '../../machines/watermark.ts'
import { aFailedPayout, aPayoutEvent } from '../support/a-payout.ts'
import { anAccount, aTruth, seconds } from '../support/an-account.ts'

type EventInput = Exclude<AccountEvent, { type: 'facts.changed' }>

const after = (...events: EventInput[]): LiveAccount =>
  events.reduce((live, event) => account.step(live, event).live, anAccount())
const kept = ({ context }: LiveAccount) => Object.keys(context.facts.payouts.items)
const keptOf = (...events: EventInput[]) => kept(after(...events))

describe('the payouts that an account keeps', () => {
  it('are those under way, and the last concluded one of each destination; a canceled one until a later one ends', () => {
    const live = after(
      aPayoutEvent({ state: 'paid', created: 1 }, 'po_1'),
      aPayoutEvent({ state: 'paid', created: 2 }, 'po_2'),
      aPayoutEvent({ state: 'canceled', created: 3 }, 'po_3'),
      aPayoutEvent({ state: 'in_transit', created: 4 }, 'po_4'),
      aPayoutEvent({ state: 'paid', created: 1, destination: 'ba_2' }, 'po_5'),
    )
    expect(kept(live)).toEqual(['po_2', 'po_3', 'po_4', 'po_5'])
    expect(kept(account.step(live, aPayoutEvent({ state: 'paid', created: 4 }, 'po_4')).live)).toEqual([
      'po_4',
      'po_5',
    ])
  })

  it.each(['paid', 'canceled'])(
    'include, of two that are %s, the later one, or of one second the one with the greater id',
    (state) => {
      const made = (created: number, id: string) => aPayoutEvent({ state, created }, id)
      expect(keptOf(made(1, 'po_1'), made(1, 'po_2'))).toEqual(['po_2'])
      expect(keptOf(made(2, 'po_1'), made(1, 'po_2'))).toEqual(['po_1'])
    },
  )

  it('include the last canceled one, whether or not any payout ever arrived', () => {
    expect(
      keptOf(
        aPayoutEvent({ state: 'canceled', created: 1 }, 'po_1'),
        aPayoutEvent({ state: 'canceled', created: 2 }, 'po_2'),
        aPayoutEvent({ state: 'canceled', created: 1, destination: 'ba_2' }, 'po_3'),
      ),
    ).toEqual(['po_2', 'po_3'])
  })

  it('include one in transit, whatever arrived since it was created', () => {
    const later = aPayoutEvent({ state: 'paid', created: 2 }, 'po_2')
    expect(keptOf(aPayoutEvent({ state: 'in_transit', created: 1 }, 'po_1'), later)).toEqual(['po_1', 'po_2'])
  })

  it('are bounded for those under way, which never displace a failed one', () => {
    const many = Array.from({ length: 150 }, (_, index) => aPayoutEvent({ created: index }, `po_${index}`))
    const live = after(...many, aFailedPayout({ destination: 'ba_2' }, 'po_failed'))
    expect(kept(live)).toHaveLength(101)
    expect(live.value['payouts']).toBe('failing')
  })

  it('do not depend on the order in which payouts are reported', () => {
    const told = [
      aFailedPayout({ created: 10, failed_at: 30 }, 'po_1'),
      aPayoutEvent({ state: 'paid', created: 20 }, 'po_2'),
      aFailedPayout({ created: 40, failed_at: 50 }, 'po_3'),
      aPayoutEvent({ state: 'unrecognized', created: 15 }, 'po_4'),
      aPayoutEvent({ state: 'canceled', created: 60 }, 'po_5'),
    ]
    const endings = orders(told).map((order) => {
      const { value, context } = after(...order)
      const items = Object.entries(context.facts.payouts.items).sort(([a], [b]) => a.localeCompare(b))
      return JSON.stringify({ value, items: items.map(([id, { value: sight }]) => [id, sight]) })
    })
    expect(new Set(endings).size).toBe(1)
  })

  it('stay the same when a payout is reported twice', () => {
    const live = after(aPayoutEvent())
    expect(account.step(live, { ...aPayoutEvent(), as_of: seconds(999) })).toMatchObject({ kind: 'unmoved' })
  })
})

describe('the payout expected next', () => {
  const next = (...events: EventInput[]) => nextPayout(after(...events).context.facts)?.[0] ?? null

  it('is the one under way that should arrive first, whichever was reported first', () => {
    const told = [
      aPayoutEvent({ state: 'in_transit', arrival_date: 300 }, 'po_1'),
      aPayoutEvent({ state: 'pending', arrival_date: 200 }, 'po_2'),
      aPayoutEvent({ state: 'in_transit', arrival_date: 400 }, 'po_3'),
      aPayoutEvent({ state: 'paid', arrival_date: 100 }, 'po_4'),
    ]
    for (const order of orders(told)) expect(next(...order)).toBe('po_2')
  })

  it('may be in transit', () => {
    expect(next(aPayoutEvent({ state: 'in_transit' }))).toBe('po_1')
  })

  it('is none without an arrival date, none that debits the bank account, and none that has ended', () => {
    const dated = aPayoutEvent({ arrival_date: 300 }, 'po_2')
    for (const over of [{ arrival_date: null }, { amount: -5000 }, { state: 'canceled' }]) {
      expect(next(aPayoutEvent(over, 'po_1'))).toBeNull()
      expect(next(aPayoutEvent(over, 'po_1'), dated)).toBe('po_2')
    }
    expect(next()).toBeNull()
  })
})

describe('a moved payout', () => {
  const asks = (live: LiveAccount, event: EventInput) => {
    const step = account.step(live, event)
    const effects = step.kind === 'moved' ? step.effects : []
    return { owes: step.live.context.owes_refresh, effects }
  }
  const answer = (live: LiveAccount, as_of: AsOf, isOwed: boolean): EventInput => ({
    type: 'stripe.observed',
    as_of,
    asked: { seq: live.context.seq, at: 200_000, isOwed },
    observation: { account: aTruth(), external_accounts: { items: {}, all: true } },
  })
  const paid = (live: LiveAccount, second = 120) =>
    account.step(live, answer(live, seconds(second), true)).live
  const NOTHING = { owes: false, effects: [] }

  it.each(['pending', 'in_transit', 'paid', 'settled', 'canceled', 'unrecognized'])(
    'owes no refresh while it is %s, because that does not make a bank account errored',
    (state) => {
      expect(asks(anAccount(), aPayoutEvent({ state }))).toEqual(NOTHING)
    },
  )

  it('owes one refresh when it fails, and no second one while that is pending', () => {
    const live = after(aPayoutEvent({ state: 'paid' }))
    const failed = account.step(live, aFailedPayout()).live
    expect(asks(live, aFailedPayout())).toEqual({
      owes: true,
      effects: [{ kind: 'refresh', after_ms: 2_000 }],
    })
    expect(asks(failed, aFailedPayout({ failed_at: 115 }, 'po_2'))).toEqual({ owes: true, effects: [] })
  })

  it('owes no refresh when a known failure gains details', () => {
    expect(asks(paid(after(aFailedPayout())), aFailedPayout({ failure_code: 'declined' }))).toEqual(NOTHING)
  })

  it('owes no refresh for a failure that a later payout outdates', () => {
    expect(asks(after(aPayoutEvent({ state: 'paid', created: 111 }, 'po_2')), aFailedPayout())).toEqual(
      NOTHING,
    )
  })

  it('is never suspect, so the next event of the account owes no refresh for it', () => {
    const heard: EventInput = {
      type: 'stripe.observed',
      as_of: seconds(130),
      observation: { account: aTruth({ payouts_enabled: false }) },
    }
    expect(asks(after(aPayoutEvent({ state: 'paid' })), heard)).toEqual(NOTHING)
  })

  it('owes nothing after its refresh was answered, even if an older answer comes late', () => {
    const live = paid(after(aFailedPayout()))
    expect(asks(live, answer(live, seconds(105), false))).toEqual(NOTHING)
  })

  it('stays owed a refresh after an answer of the second of its failure', () => {
    const live = after(aPayoutEvent({ state: 'in_transit' }, 'po_2'), aFailedPayout({ failed_at: 111 }))
    expect(asks(live, answer(live, seconds(110, 111), true))).toMatchObject({ owes: true })
  })

  it('owes no further refresh once its status is unknown', () => {
    const live = after(aFailedPayout(), aPayoutEvent({ state: 'unrecognized', failed_at: 110 }))
    expect(asks(live, answer(live, seconds(110), true))).toEqual(NOTHING)
  })
})

function orders<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  )
}
