/** A payout's state depends on Stripe's facts and the passed return window, whatever order they came in. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { PayoutEvent } from '../../machines/payout/events.ts'
import type { PayoutTruth } from '../../machines/payout/facts.ts'
import { payout, type LivePayout } from '../../machines/payout/payout.ts'
import { endOfWindow } from '../../machines/payout/return-window.ts'
import { aPayout, aPayoutTruth, DAY, MONDAY } from '../support/a-payout.ts'
import { seconds } from '../support/an-account.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

type EventInput = Exclude<PayoutEvent, { type: 'facts.changed' }>

/** An event about the payout, created in that second. */
const event = (second: number, truth: Partial<PayoutTruth>): EventInput => ({
  type: 'stripe.observed',
  as_of: seconds(second),
  observation: { payout: aPayoutTruth(truth), ...(truth.status === 'failed' && { failure: { at: second } }) },
})

const clock = (second: number): EventInput => ({ type: 'clock.reached', at: second * 1000 })

/** A payout that these events begin. */
const after = (...events: [EventInput, ...EventInput[]]): LivePayout => {
  const [first, ...rest] = events
  const { live } = payout.begin({ id: 'po_1', account: 'acct_1', external_id: null }, first)
  return rest.reduce((before, next) => payout.step(before, next).live, live)
}

const stateOf = ({ value }: LivePayout) => value['payout']
const ARRIVED = { status: 'paid', arrival_date: MONDAY }
/** The Tuesday after next Monday, when five business days are over. */
const SETTLED_AT = MONDAY + 8 * DAY

describe('Stripe’s statuses', () => {
  it.each(['pending', 'in_transit', 'paid', 'failed', 'canceled'])(
    'include %s, which becomes the state',
    (status) => {
      expect(stateOf(aPayout({ status }))).toBe(status)
    },
  )

  it('are unrecognized if this build does not know them, and keep their name until Stripe says another', () => {
    const strange = aPayout({ status: 'held_by_a_dragon' })
    expect(stateOf(strange)).toBe('unrecognized')
    expect(strange.context.facts.payout?.value.status).toBe('held_by_a_dragon')
    expect(stateOf(payout.step(strange, event(101, { status: 'in_transit' })).live)).toBe('in_transit')
  })
})

describe('every edge', () => {
  it.each([
    ['pending', 'in_transit'],
    ['pending', 'canceled'],
    ['in_transit', 'paid'],
    ['in_transit', 'failed'],
    ['paid', 'failed'],
  ])('goes from %s to %s by one event', (from, to) => {
    const moved = payout.step(aPayout({ status: from }), event(200, { status: to }))
    expect(moved).toMatchObject({ kind: 'moved', from: { payout: from }, live: { value: { payout: to } } })
  })

  it('none is taken when only the arrival date and the trace id change', () => {
    const later = {
      status: 'in_transit',
      arrival_date: MONDAY + DAY,
      trace: { status: 'supported', id: '1' },
    }
    const moved = payout.step(aPayout({ status: 'in_transit' }), event(200, later))
    expect(moved).toMatchObject({
      kind: 'moved',
      live: { value: { payout: 'in_transit' } },
      changed: {
        'payout.arrival_date': [MONDAY, MONDAY + DAY],
        'payout.trace.status': [null, 'supported'],
        'payout.trace.id': [null, '1'],
      },
    })
  })

  it('none is taken when the reconciliation completes, which is kept', () => {
    const paid = aPayout({ ...ARRIVED, automatic: true, reconciliation_status: 'in_progress' })
    const completed = { ...ARRIVED, automatic: true, reconciliation_status: 'completed' }
    expect(payout.step(paid, event(200, completed))).toMatchObject({
      kind: 'moved',
      changed: { 'payout.reconciliation_status': ['in_progress', 'completed'] },
    })
  })

  it('none is taken by a reversal, which is recorded on both payouts', () => {
    expect(payout.step(aPayout(ARRIVED), event(200, { ...ARRIVED, reversed_by: 'po_2' }))).toMatchObject({
      changed: { 'payout.reversed_by': [null, 'po_2'] },
    })
    expect(aPayout({ amount: -5000, original_payout: 'po_0' }).context.facts.payout?.value).toMatchObject({
      amount: -5000,
      original_payout: 'po_0',
    })
  })
})

describe('the five business days of a paid payout', () => {
  const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000

  it.each([
    ['Monday', '2026-03-02', 'the end of the next Monday', '2026-03-10'],
    ['Tuesday', '2026-03-03', 'the end of the next Tuesday', '2026-03-11'],
    ['Friday', '2026-03-06', 'the end of the next Friday', '2026-03-14'],
    ['Saturday', '2026-03-07', 'the end of Friday', '2026-03-14'],
    ['Sunday', '2026-03-08', 'the end of Friday', '2026-03-14'],
    ['Friday before a new year', '2027-12-31', 'the end of the next Friday', '2028-01-08'],
    ['Thursday before a leap day', '2028-02-24', 'the end of the next Thursday', '2028-03-03'],
    ['Saturday at the end of a month', '2026-02-28', 'the end of Friday', '2026-03-07'],
  ])('from a %s last until %s', (_, unit, __, end) => {
    expect(endOfWindow(day(unit))).toBe(day(end))
    expect(endOfWindow(day(unit) + DAY - 1), 'the hour of the day does not matter').toBe(day(end))
  })

  test.prop([fc.integer({ min: 0, max: 100 * 366 * DAY })], { numRuns: runs(300, 20_000), seed: SEED })(
    'end when exactly five days that a calendar calls Monday to Friday have passed, whatever the day',
    (unit) => {
      const due = Math.floor(unit / DAY)
      const end = endOfWindow(unit) / DAY
      const names = Array.from({ length: end - due - 1 }, (_, index) =>
        new Date((due + 1 + index) * DAY * 1000).toLocaleDateString('en-US', {
          weekday: 'short',
          timeZone: 'UTC',
        }),
      )
      const isBusiness = (name: string) => name !== 'Sat' && name !== 'Sun'
      expect(names.filter(isBusiness)).toHaveLength(5)
      expect(names.slice(-1).every(isBusiness), 'and no day more').toBe(true)
    },
    TIMEOUT,
  )

  it('settle it in the first second after them', () => {
    const paid = aPayout(ARRIVED)
    expect(payout.wakeAt(paid)).toBe(SETTLED_AT * 1000)
    expect(payout.step(paid, clock(SETTLED_AT - 1))).toMatchObject({ kind: 'unmoved', why: 'refused' })
    const settled = payout.step(paid, clock(SETTLED_AT))
    expect(settled).toMatchObject({ kind: 'moved', live: { value: { payout: 'settled' } } })
    expect(payout.wakeAt(settled.live)).toBeNull()
  })

  it('end when it fails four business days later', () => {
    const failed = payout.step(aPayout(ARRIVED), event(MONDAY + 4 * DAY, { status: 'failed' }))
    expect(failed).toMatchObject({
      kind: 'moved',
      from: { payout: 'paid' },
      live: { value: { payout: 'failed' } },
    })
    expect(payout.wakeAt(failed.live)).toBeNull()
  })

  it('may be over when it fails: a settled payout that fails has failed', () => {
    const settled = after(event(100, ARRIVED), clock(SETTLED_AT))
    expect(stateOf(payout.step(settled, event(SETTLED_AT + DAY, { status: 'failed' })).live)).toBe('failed')
  })

  it('begin again when Stripe changes the arrival date', () => {
    const settled = after(event(100, ARRIVED), clock(SETTLED_AT))
    const moved = payout.step(settled, event(SETTLED_AT, { ...ARRIVED, arrival_date: MONDAY + 7 * DAY })).live
    expect(stateOf(moved)).toBe('paid')
    expect(payout.wakeAt(moved)).toBe((SETTLED_AT + 7 * DAY) * 1000)
  })

  it('are over at once for a payout first observed long after its arrival date', () => {
    const adopted = after(event(SETTLED_AT + 90 * DAY, ARRIVED))
    expect(stateOf(payout.step(adopted, clock(SETTLED_AT + 90 * DAY)).live)).toBe('settled')
  })

  it('cannot be counted without an arrival date, so the payout stays paid', () => {
    const undated = aPayout({ ...ARRIVED, arrival_date: null })
    expect(payout.wakeAt(undated)).toBeNull()
    expect(payout.step(undated, clock(SETTLED_AT))).toMatchObject({ kind: 'unmoved', why: 'refused' })
  })
})

describe('cancelling', () => {
  const takesCancel = (live: LivePayout) => payout.takes(live, { type: 'cancel.requested' })

  it('is allowed while a manual payout is pending', () => {
    expect(takesCancel(aPayout({ status: 'pending', automatic: false }))).toBe(true)
  })

  it.each(['in_transit', 'paid', 'failed', 'canceled', 'held_by_a_dragon'])(
    'is refused once it is %s',
    (status) => {
      expect(takesCancel(aPayout({ status, automatic: false }))).toBe(false)
    },
  )

  it('is refused for an automatic payout', () => {
    expect(takesCancel(aPayout({ status: 'pending', automatic: true }))).toBe(false)
  })
})

describe('the time of a failure', () => {
  it('is asked of Stripe if the event does not have it', () => {
    const undated: EventInput = {
      type: 'stripe.observed',
      as_of: seconds(200),
      observation: { payout: aPayoutTruth({ status: 'failed' }) },
    }
    const heard = payout.step(aPayout({ status: 'in_transit' }), undated)
    expect(heard).toMatchObject({ kind: 'moved', effects: [{ kind: 'refresh' }] })
    const answer: EventInput = {
      type: 'stripe.observed',
      as_of: seconds(202),
      asked: { seq: heard.live.context.seq, at: 202_000 },
      observation: { payout: aPayoutTruth({ status: 'failed' }), failure: { at: 199 } },
    }
    const told = payout.step(heard.live, answer)
    expect(told).toMatchObject({ kind: 'moved', effects: [], changed: { 'failure.at': [null, 199] } })
    expect(told.live.context.facts.payout?.suspect).toBe(false)
  })

  it('is bounded by Stripe’s answer if that does not have it, until an event states it', () => {
    const answer: EventInput = {
      type: 'stripe.observed',
      as_of: seconds(202),
      asked: { seq: 1, at: 202_000 },
      observation: { payout: aPayoutTruth({ status: 'failed' }) },
    }
    const bounded = payout.step(aPayout({ status: 'in_transit' }), answer)
    expect(bounded).toMatchObject({ effects: [], changed: { 'failure.at': [null, 202] } })
    expect(bounded.live.context.facts.failure?.suspect).toBe(false)
    const told = event(190, { status: 'failed' })
    const failures = [
      payout.step(bounded.live, told),
      payout.step(payout.step(aPayout({ status: 'in_transit' }), told).live, answer),
    ].map(({ live }) => live.context.facts.failure?.value)
    expect(failures).toEqual([{ at: 190 }, { at: 190 }])
  })
})

describe('a payout may go unverified', () => {
  const DAY_MS = 86_400_000
  const HOUR_MS = 3_600_000
  const freshFor = (live: LivePayout) => payout.freshFor(live, DAY_MS)
  const verifiedAt = (live: LivePayout, second: number): LivePayout => ({
    ...live,
    context: { ...live.context, asked_at: second * 1000 },
  })

  it('until an hour after it should have arrived, and then for an hour each', () => {
    const onItsWay = aPayout({ status: 'in_transit', arrival_date: MONDAY })
    expect(freshFor(verifiedAt(onItsWay, MONDAY - 7200))).toBe(3 * HOUR_MS)
    expect(freshFor(verifiedAt(onItsWay, MONDAY - 9 * DAY))).toBe(DAY_MS)
    expect(freshFor(verifiedAt(onItsWay, MONDAY + DAY))).toBe(HOUR_MS)
  })

  it('as long as any fact during the return window, and for ever after one check that follows it', () => {
    expect(freshFor(aPayout(ARRIVED))).toBe(DAY_MS)
    const settled = after(event(100, ARRIVED), clock(SETTLED_AT))
    expect(freshFor(verifiedAt(settled, SETTLED_AT - 1))).toBe(HOUR_MS)
    expect(freshFor(verifiedAt(settled, SETTLED_AT))).toBeNull()
  })

  it.each(['failed', 'canceled'])('for ever once it is %s', (status) => {
    expect(freshFor(aPayout({ status }))).toBeNull()
  })
})

describe('events in any order', () => {
  const created = event(100, { status: 'pending' })
  const sent = event(200, { status: 'in_transit' })
  const arrived = { status: 'paid', reconciliation_status: 'in_progress' }
  const trace = { status: 'supported', id: '7' }
  const STORIES: Record<string, { told: EventInput[]; ending: object }> = {
    'called back': {
      told: [
        created,
        event(150, { status: 'pending', arrival_date: MONDAY + DAY }),
        event(160, { status: 'canceled', arrival_date: MONDAY + DAY }),
      ],
      ending: { value: { payout: 'canceled' }, truth: { arrival_date: MONDAY + DAY } },
    },
    'refused by the bank': {
      told: [
        created,
        sent,
        event(300, { status: 'in_transit', arrival_date: MONDAY + DAY }),
        event(MONDAY, { status: 'failed', failure_code: 'no_account' }),
      ],
      ending: {
        value: { payout: 'failed' },
        truth: { failure_code: 'no_account' },
        failure: { at: MONDAY },
      },
    },
    'made by the schedule and arrived': {
      told: [
        created,
        sent,
        event(MONDAY, arrived),
        event(MONDAY + 1, { ...arrived, reconciliation_status: 'completed' }),
        event(MONDAY + 9 * DAY, { ...arrived, reconciliation_status: 'completed', trace }),
      ],
      ending: { value: { payout: 'paid' }, truth: { reconciliation_status: 'completed', trace } },
    },
    'arrived, and brought back by another': {
      told: [created, sent, event(MONDAY, arrived), event(MONDAY + DAY, { ...arrived, reversed_by: 'po_2' })],
      ending: { value: { payout: 'paid' }, truth: { reversed_by: 'po_2' } },
    },
    'arrived, and sent back by the bank four business days later': {
      told: [
        created,
        sent,
        event(MONDAY, arrived),
        event(MONDAY + 1, { ...arrived, trace }),
        event(MONDAY + 4 * DAY, { status: 'failed', failure_code: 'account_closed' }),
      ],
      ending: {
        value: { payout: 'failed' },
        truth: { failure_code: 'account_closed' },
        failure: { at: MONDAY + 4 * DAY },
      },
    },
  }

  it.each(Object.entries(STORIES))(
    'of a payout that is %s end the same, over all orders with any one event twice',
    (_, { told, ending }) => {
      const endings = permutations(told).flatMap((order) =>
        told.map((again) => {
          const [first, ...rest] = order
          if (!first) throw new Error('an order of nothing')
          const { value, context } = after(first, ...rest, again)
          const { payout: truth, failure } = context.facts
          return JSON.stringify({
            value,
            truth: truth?.value,
            suspect: truth?.suspect,
            failure: failure?.value,
          })
        }),
      )
      expect([...new Set(endings)]).toHaveLength(1)
      expect(JSON.parse(endings[0] ?? '')).toMatchObject({ suspect: false, ...ending })
    },
    TIMEOUT,
  )

  it('owe a refresh if two share a second, and the answer decides', () => {
    for (const order of permutations([
      event(100, { status: 'pending' }),
      event(100, { status: 'in_transit' }),
    ])) {
      const [first, second] = order
      if (!first || !second) throw new Error('an order of nothing')
      const tied = after(first, second)
      expect(tied.context.facts.payout?.suspect).toBe(true)
      const asked = { seq: tied.context.seq, at: 101_000 }
      const observation = { payout: aPayoutTruth({ status: 'in_transit' }) }
      const { live } = payout.step(tied, { type: 'stripe.observed', as_of: seconds(100), asked, observation })
      expect(live.context.facts.payout).toMatchObject({ suspect: false, value: { status: 'in_transit' } })
    }
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  )
}
