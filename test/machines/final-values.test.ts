/** Stripe never takes `canceled` back, and no event alone decides it: if events contradict it, Stripe is asked. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  observe,
  unobservedContext,
  type ObservedContext,
  type ObservedEvent,
} from '../../machines/observation.ts'
import { payment } from '../../machines/payment/payment.ts'
import { payout } from '../../machines/payout/payout.ts'
import { applyObservation, type AsOf, type Collection, type Piece } from '../../machines/watermark.ts'
import { aPayment, aPaymentTruth, aRefund } from '../support/a-payment.ts'
import { aPayout, aPayoutTruth } from '../support/a-payout.ts'
import { seconds } from '../support/an-account.ts'
import { runs, SEED } from '../support/runs.ts'

const OPEN = { status: 'open', amount: 1 }
const PAID = { status: 'paid', amount: 1 }
const CANCELED = { status: 'canceled', amount: 1 }
const CANCELED_OTHERWISE = { status: 'canceled', amount: 2 }
type Value = typeof OPEN
type Simple = { it: Piece<Value> | null }

const FINAL = { it: { status: 'canceled' } }

const known = (value: unknown, as_of: AsOf, suspect = false) => ({ as_of, value, suspect })
const apply = (
  before: Piece<unknown>,
  value: unknown,
  how: Partial<Parameters<typeof applyObservation<Simple>>[2]> & { as_of: AsOf },
) => {
  const facts = { it: before as Piece<Value> }
  const { facts: next, verdict } = applyObservation(
    facts,
    { it: value as Value },
    {
      outranks: 'nothing',
      finalValues: FINAL,
      ...how,
    },
  )
  return { it: next.it, verdict }
}

describe('a final value', () => {
  it('gives way to a newer event that denies it, which is suspect', () => {
    expect(apply(known(CANCELED, seconds(5)), OPEN, { as_of: seconds(6) })).toEqual({
      it: known(OPEN, seconds(6), true),
      verdict: 'applied',
    })
  })

  it('that comes after a newer event which denies it makes that one suspect', () => {
    expect(apply(known(OPEN, seconds(5)), CANCELED, { as_of: seconds(4) })).toEqual({
      it: known(OPEN, seconds(5), true),
      verdict: 'applied',
    })
    const suspect = known(OPEN, seconds(5), true)
    expect(apply(suspect, CANCELED, { as_of: seconds(4) })).toEqual({ it: suspect, verdict: 'stale' })
  })

  it('is not denied by one that is final too', () => {
    expect(apply(known(CANCELED, seconds(5)), CANCELED_OTHERWISE, { as_of: seconds(6) }).it).toEqual(
      known(CANCELED_OTHERWISE, seconds(6)),
    )
    const older = apply(known(CANCELED, seconds(5)), CANCELED_OTHERWISE, { as_of: seconds(4) })
    expect(older).toEqual({ it: known(CANCELED, seconds(5)), verdict: 'stale' })
    const tied = apply(known(CANCELED, seconds(5)), CANCELED_OTHERWISE, { as_of: seconds(5) })
    expect(tied.it).toEqual(known(CANCELED, seconds(5), true))
  })

  it('is settled by an answer of Stripe’s, whatever it says', () => {
    for (const outranks of ['all', 'nothing'] as const) {
      const answer = { as_of: seconds(6), outranks, isAnswer: true }
      expect(apply(known(CANCELED, seconds(5)), OPEN, answer).it).toEqual(known(OPEN, seconds(6)))
      expect(apply(known(OPEN, seconds(5), true), CANCELED, answer).it).toEqual(known(CANCELED, seconds(6)))
    }
  })

  it('is one only where the machine declares it, and every declared field agrees', () => {
    const other = { as_of: seconds(6), finalValues: {} }
    expect(apply(known(CANCELED, seconds(5)), OPEN, other).it).toEqual(known(OPEN, seconds(6)))
    const narrow = { as_of: seconds(6), finalValues: { it: { status: 'canceled', amount: 9 } } }
    expect(apply(known(CANCELED, seconds(5)), OPEN, narrow).it).toEqual(known(OPEN, seconds(6)))
    expect(apply(known(OPEN, seconds(5)), PAID, { as_of: seconds(6) }).it).toEqual(known(PAID, seconds(6)))
  })

  it('is no contradiction of a member that is gone', () => {
    const members: { it: Collection<Value> } = {
      it: { as_of: seconds(5), items: { one: known(CANCELED, seconds(5)) as Piece<Value> } },
    }
    const gone = { it: { items: { one: null }, all: false } }
    const how = { as_of: seconds(6), outranks: 'nothing', finalValues: FINAL } as const
    expect(applyObservation(members, gone, how).facts.it.items['one']).toEqual(known(null, seconds(6)))
    const never = { it: { items: { two: CANCELED }, all: false } }
    expect(applyObservation(members, never, { ...how, as_of: seconds(4) }).verdict).toBe('stale')
  })
})

describe('events in any order', () => {
  const event = fc.record({
    second: fc.integer({ min: 11, max: 40 }),
    value: fc.constantFrom(OPEN, PAID, CANCELED),
  })
  const events = fc.uniqueArray(event, { selector: ({ second }) => second, minLength: 1, maxLength: 6 })
  const permuted = events.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  const take = (state: ObservedContext<Simple>, observed: ObservedEvent<Simple>): ObservedContext<Simple> => {
    const { now } = observe(state, observed, { finalValues: FINAL })
    return JSON.stringify(now) === JSON.stringify(state) ? state : { ...now, seq: state.seq + 1 }
  }
  const hear = (state: ObservedContext<Simple>, { second, value }: { second: number; value: Value }) =>
    take(state, { type: 'stripe.observed', as_of: seconds(second), observation: { it: value } })
  const answered = (state: ObservedContext<Simple>, value: Value, second: number) =>
    take(state, {
      type: 'stripe.observed',
      as_of: seconds(second),
      observation: { it: value },
      asked: { seq: state.seq, at: second, isOwed: true },
    })
  const VERIFIED = answered({ ...unobservedContext, facts: { it: null } }, OPEN, 10)

  it('end at the newest value, which owes a refresh if an older one is final and it is not', () => {
    fc.assert(
      fc.property(permuted, ([all, order]) => {
        const newest = all.reduce((a, b) => (b.second > a.second ? b : a))
        const end = order.reduce(hear, VERIFIED)
        expect(end.facts.it).toMatchObject({ value: newest.value, as_of: seconds(newest.second) })
        const isDenied = newest.value !== CANCELED && all.some(({ value }) => value === CANCELED)
        if (isDenied) expect(end.owes_refresh).toBe(true)
        if (!all.some(({ value }) => value === CANCELED)) expect(end.owes_refresh).toBe(false)
      }),
      { numRuns: runs(1_000, 50_000), seed: SEED },
    )
  })

  it('end at Stripe’s answer, and owe nothing after it', () => {
    fc.assert(
      fc.property(permuted, fc.constantFrom(OPEN, PAID, CANCELED), ([, order], truth) => {
        const end = answered(order.reduce(hear, VERIFIED), truth, 41)
        expect(end).toMatchObject({ facts: { it: known(truth, seconds(41)) }, owes_refresh: false })
      }),
      { numRuns: runs(500, 20_000), seed: SEED },
    )
  })
})

const refresh = [{ kind: 'refresh', after_ms: 1000 }]
const observed = <O>(second: number, observation: O) =>
  ({ type: 'stripe.observed', as_of: seconds(second), observation }) as const

describe('Stripe is asked', () => {
  it('when a canceled payment is said to have gone on, and its present state is the newer one', () => {
    const live = aPayment({ payment: aPaymentTruth({ status: 'canceled' }) })
    const step = payment.step(live, observed(101, { payment: aPaymentTruth({ status: 'processing' }) }))
    expect(step).toMatchObject({
      kind: 'moved',
      live: { value: { payment: 'processing' }, context: { facts: { payment: { suspect: true } } } },
      skipped: ['payment'],
      effects: refresh,
    })
  })

  it('when a payment that went on is said to have been canceled before', () => {
    const live = aPayment({ payment: aPaymentTruth({ status: 'processing' }) })
    const step = payment.step(live, observed(99, { payment: aPaymentTruth({ status: 'canceled' }) }))
    expect(step).toMatchObject({
      kind: 'moved',
      live: { value: { payment: 'processing' }, context: { facts: { payment: { suspect: true } } } },
      skipped: [],
      effects: refresh,
    })
  })

  it('when a canceled refund is said to have gone on', () => {
    const refund = (status: string) => ({ refunds: { items: { re_1: aRefund({ status }) }, all: false } })
    const step = payment.step(aPayment(refund('canceled')), observed(101, refund('succeeded')))
    expect(step).toMatchObject({
      kind: 'moved',
      live: {
        value: { refund: 'full' },
        context: { facts: { refunds: { items: { re_1: { suspect: true } } } } },
      },
      effects: refresh,
    })
  })

  it('when a canceled payout is said to have gone on, or one that went on to have been canceled before', () => {
    const says = (second: number, status: string) => observed(second, { payout: aPayoutTruth({ status }) })
    const suspect = { context: { facts: { payout: { suspect: true } } } }
    expect(payout.step(aPayout({ status: 'canceled' }), says(101, 'in_transit'))).toMatchObject({
      live: { value: { payout: 'in_transit' }, ...suspect },
      effects: refresh,
    })
    expect(payout.step(aPayout({ status: 'in_transit' }), says(99, 'canceled'))).toMatchObject({
      live: { value: { payout: 'in_transit' }, ...suspect },
      effects: refresh,
    })
  })
})
