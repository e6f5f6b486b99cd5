/** The states that a payment derives from its facts, and the commands that each state takes. */
import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import type { PaymentEvent } from '../../machines/payment/events.ts'
import { paymentMachine } from '../../machines/payment/machine.ts'
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
import { amountRefundable, disputeDeadline } from '../../machines/payment/derive.ts'
import { aDispute, aPayment, aPaymentTruth, aRefund, members } from '../support/a-payment.ts'
import { seconds } from '../support/an-account.ts'

/** From the machine itself: a new state fails below until it is in a table. */
const regions = Object.keys(paymentMachine.states).toSorted()
const statesOf = (region: string) => Object.keys(paymentMachine.states[region]?.states ?? {})

/** A new command does not compile until it is here, and fails below until it is in a table. */
const COMMANDS = Object.keys({
  'cancel.requested': true,
  'capture.requested': true,
  'refund.requested': true,
} satisfies Record<Extract<PaymentEvent['type'], `${string}.requested`>, true>) as PaymentCommand[]
type PaymentCommand = Extract<PaymentEvent['type'], `${string}.requested`>

const taken = (live: LivePayment): string[] =>
  COMMANDS.filter((type) => {
    const step = payment.step(live, { type })
    return step.kind === 'moved' || step.why !== 'refused'
  })
const inStatus = (status: string) => aPayment({ payment: aPaymentTruth({ status }) })
const charge = { status: 'succeeded', captured: true, amount_captured: 1000, application_fee_amount: 100 }

/** The values that Stripe's types name. A new one does not compile until it is in its table. */
type Named<T> = T extends string ? (string extends T ? never : T) : never
const NEW = 'something_stripe_adds_tomorrow'

const BY_STATUS: Record<Named<Stripe.PaymentIntent['status']> | typeof NEW, PaymentCommand[]> = {
  requires_payment_method: ['cancel.requested'],
  requires_confirmation: ['cancel.requested'],
  requires_action: ['cancel.requested'],
  processing: ['cancel.requested'],
  requires_capture: ['cancel.requested', 'capture.requested'],
  succeeded: ['refund.requested'],
  canceled: [],
  [NEW]: [],
}

describe('every command in every state of Stripe’s PaymentIntent', () => {
  it.each(Object.entries(BY_STATUS))('%s takes %j', (status, commands) => {
    const live = inStatus(status)
    expect(taken(live)).toEqual(commands)
    expect(live.value['payment']).toBe(status === NEW ? 'unrecognized' : status)
  })

  it('covers every state and every command of the machine', () => {
    const states = Object.keys(BY_STATUS).map((status) => inStatus(status).value['payment'] ?? '')
    expect(states.toSorted()).toEqual(statesOf('payment').toSorted())
    expect([...new Set(Object.values(BY_STATUS).flat())].toSorted()).toEqual(COMMANDS)
  })

  it('changes nothing by itself: Stripe shows the result afterwards', () => {
    const live = inStatus('requires_capture')
    expect(payment.step(live, { type: 'capture.requested' })).toEqual({
      kind: 'unmoved',
      live,
      why: 'unchanged',
    })
  })
})

type DisputeStatus = Named<Stripe.Dispute['status']> | typeof NEW

/** A refund during a dispute would return the money twice. */
const BY_DISPUTE: Record<DisputeStatus, { state: string; isRefundable: boolean }> = {
  warning_needs_response: { state: 'open', isRefundable: true },
  warning_under_review: { state: 'open', isRefundable: true },
  warning_closed: { state: 'won', isRefundable: true },
  needs_response: { state: 'open', isRefundable: false },
  under_review: { state: 'open', isRefundable: false },
  appeal_needs_response: { state: 'open', isRefundable: false },
  appeal_under_review: { state: 'open', isRefundable: false },
  won: { state: 'won', isRefundable: true },
  prevented: { state: 'won', isRefundable: true },
  lost: { state: 'lost', isRefundable: false },
  [NEW]: { state: 'open', isRefundable: false },
}

describe('every status of a dispute', () => {
  it.each(Object.entries(BY_DISPUTE))('%s is %j', (status, { state, isRefundable }) => {
    const live = aPayment({ disputes: members('du', aDispute({ status })) })
    expect(live.value['dispute']).toBe(state)
    expect(taken(live)).toEqual(isRefundable ? ['refund.requested'] : [])
  })

  it('gives way to a worse one: open before lost, lost before won', () => {
    const of = (...statuses: string[]) =>
      aPayment({ disputes: members('du', ...statuses.map((status) => aDispute({ status }))) }).value[
        'dispute'
      ]
    expect([of('lost', 'needs_response'), of('won', 'lost'), of('won', 'warning_closed')]).toEqual([
      'open',
      'lost',
      'won',
    ])
  })

  it('has the earliest deadline of the disputes that need a response', () => {
    const { facts } = aPayment({
      disputes: members(
        'du',
        aDispute({ due_by: 500 }),
        aDispute({ status: 'warning_needs_response', due_by: 400 }),
        aDispute({ status: 'under_review', due_by: 300 }),
      ),
    }).context
    expect(disputeDeadline(facts)).toBe(400)
  })

  it.each([
    ['nothing is disputed', []],
    ['nothing waits for an answer', [aDispute({ status: 'under_review', due_by: 300 })]],
    ['Stripe names no day', [aDispute({ due_by: null })]],
  ])('has no deadline where %s', (_, disputes) => {
    expect(disputeDeadline(aPayment({ disputes: members('du', ...disputes) }).context.facts)).toBeNull()
  })
})

/** Every combination of the other regions' states. */
const REFUNDS = { none: [], partial: [aRefund({ amount: 400 })], full: [aRefund()] }
const FEES = {
  none: { asked: null, taken: [] },
  pending: { asked: 100, taken: [] },
  collected: { asked: 100, taken: [{ amount: 100, amount_refunded: 40 }] },
  refunded: { asked: 100, taken: [{ amount: 100, amount_refunded: 100 }] },
}
const DISPUTES: { statuses: DisputeStatus[]; isRefundable: boolean }[] = [
  { statuses: [], isRefundable: true },
  ...Object.entries(BY_DISPUTE).map(([status, { isRefundable }]) => ({
    statuses: [status as DisputeStatus],
    isRefundable,
  })),
  { statuses: ['won', 'under_review'], isRefundable: false },
]

describe('every command in every state of all regions at once', () => {
  const reached = new Set<string>()

  it.each(Object.entries(BY_STATUS))('of %s', (status, alone) => {
    for (const { statuses, isRefundable } of DISPUTES) {
      const commands = alone.filter((command) => command !== 'refund.requested' || isRefundable)
      for (const refunds of Object.values(REFUNDS)) {
        for (const { asked, taken: fees } of Object.values(FEES)) {
          const live = aPayment({
            payment: aPaymentTruth({ status, amount_received: 1000, application_fee_amount: asked }),
            refunds: members('re', ...refunds),
            fees: members('fee', ...fees),
            disputes: members('du', ...statuses.map((each) => aDispute({ status: each }))),
          })
          reached.add(JSON.stringify(regions.map((region) => [region, live.value[region]])))
          expect(taken(live), JSON.stringify([live.value, statuses])).toEqual(commands)
        }
      }
    }
  })

  it('covers every combination except a canceled payment with a pending fee', () => {
    const all = regions.reduce<[string, string][][]>(
      (rows, region) =>
        rows.flatMap((row) => statesOf(region).map((state) => [...row, [region, state] as [string, string]])),
      [[]],
    )
    const isPossible = (row: [string, string][]) => {
      const { payment: status, fee } = Object.fromEntries(row)
      return !(status === 'canceled' && fee === 'pending')
    }
    const expected = all.filter(isPossible).map((row) => JSON.stringify(row))
    expect([...reached].toSorted()).toEqual(expected.toSorted())
  })
})

describe('every status of a refund', () => {
  it.each([
    ['pending', 'full', 0],
    ['requires_action', 'full', 0],
    ['succeeded', 'full', 0],
    ['failed', 'none', 1000],
    ['canceled', 'none', 1000],
    ['something_stripe_adds_tomorrow', 'full', 0],
  ])('%s leaves the payment %s with %i to give back', (status, state, left) => {
    const live = aPayment({ refunds: members('re', aRefund({ status })) })
    expect(live.value['refund']).toBe(state)
    expect(amountRefundable(live.context.facts)).toBe(left)
  })

  it('counts into the sum unless it returned nothing', () => {
    const live = aPayment({
      refunds: members(
        're',
        aRefund({ amount: 300 }),
        aRefund({ amount: 200, status: 'pending' }),
        aRefund({ amount: 500, status: 'failed' }),
        aRefund({ amount: 100, released: true }),
      ),
    })
    expect(live.value['refund']).toBe('partial')
    expect(amountRefundable(live.context.facts)).toBe(500)
  })

  it('is partial while the amount paid is unknown', () => {
    const heard = payment.begin(
      { id: 'pi_1', account: 'acct_1', external_id: null },
      { type: 'stripe.observed', as_of: seconds(100), observation: { refunds: members('re', aRefund()) } },
    )
    expect(heard.live.value).toMatchObject({ payment: 'unrecognized', refund: 'partial' })
    expect(heard.effects).toEqual([{ kind: 'refresh', after_ms: 1000 }])
  })
})

describe('the fee', () => {
  const asked = aPaymentTruth({ application_fee_amount: 100 })
  it.each([
    ['none, where none was asked for', {}, 'none'],
    ['pending, from when it was asked for', { payment: asked }, 'pending'],
    ['none, when the payment is canceled', { payment: { ...asked, status: 'canceled' } }, 'none'],
    [
      'none, where the capture left none',
      { payment: asked, charges: members('ch', { ...charge, application_fee_amount: null }) },
      'none',
    ],
    [
      'pending, where any of two captures left one, whichever was heard of first',
      {
        payment: asked,
        charges: members(
          'ch',
          { ...charge, application_fee_amount: null },
          { ...charge, application_fee_amount: 5 },
        ),
      },
      'pending',
    ],
    [
      'collected, once it is there',
      { payment: asked, fees: members('fee', { amount: 100, amount_refunded: 0 }) },
      'collected',
    ],
    [
      'collected, while only a part went back',
      { payment: asked, fees: members('fee', { amount: 100, amount_refunded: 99 }) },
      'collected',
    ],
    [
      'refunded, once all of it went back',
      { payment: asked, fees: members('fee', { amount: 100, amount_refunded: 100 }) },
      'refunded',
    ],
  ])('is %s', (_, observation, state) => {
    expect(aPayment(observation).value['fee']).toBe(state)
  })

  it('owes one refresh if it has not come a minute after the payment', () => {
    const live = aPayment({ payment: asked, charges: members('ch', charge) })
    expect(payment.wakeAt(live)).toBe(160_000)
    expect(payment.step(live, { type: 'clock.reached', at: 159_999 })).toMatchObject({ why: 'refused' })
    const woken = payment.step(live, { type: 'clock.reached', at: 160_000 })
    expect(woken).toMatchObject({ kind: 'moved', effects: [{ kind: 'refresh', after_ms: 0 }] })
    expect(payment.wakeAt(woken.live)).toBeNull()
    expect(woken.live.context).toMatchObject({ owes_refresh: true, fee_checked: true })
    // Still missing after the answer: from now on the reconciler checks.
    const observation = {
      type: 'stripe.observed',
      as_of: seconds(200),
      observation: { payment: asked },
    } as const
    expect(payment.wakeAt(payment.step(woken.live, observation).live)).toBeNull()
  })

  it.each([
    ['none was asked for', {}],
    ['it is there', { payment: asked, fees: members('fee', { amount: 100, amount_refunded: 0 }) }],
    ['the payment has not succeeded', { payment: { ...asked, status: 'processing' } }],
  ])('is not waited for where %s', (_, observation) => {
    expect(payment.wakeAt(aPayment(observation))).toBeNull()
  })

  it('is not awaited while only its charge is known', () => {
    const heard = payment.begin(
      { id: 'pi_1', account: 'acct_1', external_id: null },
      { type: 'stripe.observed', as_of: seconds(100), observation: { charges: members('ch', charge) } },
    )
    expect(heard.live.value).toMatchObject({ payment: 'unrecognized', fee: 'pending' })
    expect(payment.wakeAt(heard.live)).toBeNull()
  })
})

describe('the order of observations', () => {
  const at = (live: LivePayment, second: number, status: string) =>
    payment.step(live, {
      type: 'stripe.observed',
      as_of: seconds(second),
      observation: { payment: aPaymentTruth({ status }) },
    })

  it('never lets an older event move a payment back', () => {
    const paid = at(inStatus('processing'), 105, 'succeeded')
    expect(at(paid.live, 103, 'requires_action')).toMatchObject({
      kind: 'unmoved',
      why: 'stale',
      live: { value: { payment: 'succeeded' } },
    })
  })

  it('makes two contradicting events of one second owe a refresh', () => {
    const paid = at(inStatus('processing'), 105, 'succeeded')
    const doubtful = at(paid.live, 105, 'requires_capture')
    expect(doubtful).toMatchObject({ kind: 'moved', effects: [{ kind: 'refresh' }] })
    expect(doubtful.live.value).toEqual(paid.live.value)
  })

  it('lets the answer to a command outrank earlier events, without verifying other facts', () => {
    const whole = aPayment({ refunds: members('re') })
    const refunded = payment.step(whole, {
      type: 'stripe.observed',
      as_of: seconds(100),
      after: whole.context.seq,
      observation: { refunds: { items: { re_1: aRefund({ amount: 400 }) }, all: false } },
    })
    expect(refunded).toMatchObject({ kind: 'moved', effects: [], live: { value: { refund: 'partial' } } })
    expect(refunded.live.context.verified_at).toBe(whole.context.verified_at)
  })

  it('does not matter for the external id: the first one is kept', () => {
    const heard = payment.begin(
      { id: 'pi_1', account: 'acct_1', external_id: null },
      { type: 'stripe.observed', as_of: seconds(100), observation: { charges: members('ch', charge) } },
    ).live
    const named = payment.step(heard, { type: 'payment.named', external_id: 'client:order-1' })
    expect(payment.externalId(named.live)).toBe('client:order-1')
    expect(payment.step(named.live, { type: 'payment.named', external_id: 'client:order-2' })).toMatchObject({
      why: 'refused',
    })
  })
})

describe('a payment may go unverified', () => {
  const DAY_MS = 86_400_000
  const HOUR_MS = 3_600_000
  it.each([
    ['for an hour while processing', { payment: aPaymentTruth({ status: 'processing' }) }, HOUR_MS],
    [
      'for an hour with a pending refund',
      { refunds: members('re', aRefund({ status: 'pending' })) },
      HOUR_MS,
    ],
    ['for an hour with a pending fee', { payment: aPaymentTruth({ application_fee_amount: 1 }) }, HOUR_MS],
    ['as long as any fact with an open dispute', { disputes: members('du', aDispute()) }, DAY_MS],
    [
      'as long as any fact while it waits for its customer',
      { payment: aPaymentTruth({ status: 'requires_action' }) },
      DAY_MS,
    ],
    ['for ever once paid', {}, null],
    ['for ever once canceled', { payment: aPaymentTruth({ status: 'canceled' }) }, null],
    [
      'for an hour with a refund that waits for its customer',
      { refunds: members('re', aRefund({ status: 'requires_action' })) },
      HOUR_MS,
    ],
    ['as long as any fact with an unknown status', { payment: aPaymentTruth({ status: 'new' }) }, DAY_MS],
  ])('%s', (_, observation, freshFor) => {
    expect(payment.freshFor(aPayment(observation), DAY_MS)).toBe(freshFor)
  })

  it('for ever once it has waited for its customer for eight days', () => {
    const waiting = aPayment({ payment: aPaymentTruth({ status: 'requires_action' }) })
    const after = (verified_at: number | null) =>
      payment.freshFor({ ...waiting, context: { ...waiting.context, verified_at } }, DAY_MS)
    const created = 100_000
    expect(after(created + 8 * DAY_MS)).toBe(DAY_MS)
    expect(after(created + 8 * DAY_MS + 1)).toBeNull()
    expect(after(null), 'only heard of').toBe(DAY_MS)
  })
})

it('a payment is also found by the ids of its charges and fees', () => {
  const fee = { amount: 100, amount_refunded: 0 }
  const live = aPayment({ charges: members('ch', charge, charge), fees: members('fee', fee) })
  expect(payment.aliases(live)).toEqual(['ch_0', 'ch_1', 'fee_0'])
})
