/** The interface of every lifecycle: steps from one stored form to the next, and questions about an instance. */
import { describe, expect, it } from 'vitest'
import { account } from '../../machines/account/account.ts'
import { changes } from '../../machines/changes.ts'
import { UnreadableState } from '../../machines/lifecycle.ts'
import { payment } from '../../machines/payment/payment.ts'
import { payout } from '../../machines/payout/payout.ts'
import { aPayment, aPaymentTruth } from '../support/a-payment.ts'
import { aPayout, aPayoutTruth } from '../support/a-payout.ts'
import { anAccount, seconds } from '../support/an-account.ts'

const paid = (second: number) =>
  ({
    type: 'stripe.observed',
    as_of: seconds(second),
    observation: { payout: aPayoutTruth({ status: 'paid' }) },
  }) as const

describe('a step', () => {
  const live = aPayout({ status: 'in_transit' })

  it('that moves has the states before and after, the changes, and the next seq', () => {
    const step = payout.step(live, paid(101))
    expect(step).toMatchObject({
      kind: 'moved',
      from: { payout: 'in_transit' },
      live: { version: payout.version, value: { payout: 'paid' }, context: { seq: 2 } },
      changed: { 'payout.status': ['in_transit', 'paid'] },
      effects: [],
    })
  })

  it('that the state does not take is refused, and changes nothing', () => {
    expect(payout.step(live, { type: 'cancel.requested' })).toEqual({ kind: 'unmoved', live, why: 'refused' })
  })

  it('that changes nothing is unchanged or stale', () => {
    const asked = { seq: 1, at: 100_000 }
    const same = { ...paid(100), observation: { payout: aPayoutTruth({ status: 'in_transit' }) }, asked }
    expect(payout.step(live, same)).toEqual({ kind: 'unmoved', live, why: 'unchanged' })
    expect(payout.step(live, paid(99))).toEqual({ kind: 'unmoved', live, why: 'stale' })
  })

  it('that owes an effect is a move, even if no fact changes', () => {
    const { live: returned } = account.step(anAccount(), {
      type: 'stripe.observed',
      as_of: seconds(101),
      observation: { connection: 'connected' },
    })
    const again = account.step(returned, {
      type: 'stripe.observed',
      as_of: seconds(101),
      observation: { connection: 'connected' },
    })
    expect(again).toMatchObject({ kind: 'moved', effects: [{ kind: 'recheck', after_ms: 0 }], changed: {} })
  })

  it('that begins an instance has no state before it', () => {
    const begun = payout.begin({ id: 'po_1', account: 'acct_1', external_id: 'x' }, paid(100))
    expect(begun).toMatchObject({
      kind: 'moved',
      from: null,
      live: { version: payout.version, value: { payout: 'paid' }, context: { seq: 1, external_id: 'x' } },
      effects: [{ kind: 'refresh' }],
    })
    expect(begun.changed).toMatchObject({ id: [null, 'po_1'], 'payout.status': [null, 'paid'] })
    expect(begun.changed).not.toHaveProperty('seq')
  })
})

describe('an instance', () => {
  it('lists the events that its state handles, without internal ones', () => {
    const waiting = aPayment({ payment: aPaymentTruth({ status: 'requires_capture' }) })
    expect(payment.accepts(waiting).toSorted()).toEqual([
      'cancel.requested',
      'capture.requested',
      'payment.named',
      'stripe.observed',
      'stripe.unobservable',
    ])
  })

  it('tells whether its state takes an event', () => {
    expect(payout.takes(aPayout({ status: 'pending' }), { type: 'cancel.requested' })).toBe(true)
    expect(payout.takes(aPayout({ status: 'paid' }), { type: 'cancel.requested' })).toBe(false)
  })

  it('lists the meta of each active state, in the order of the regions', () => {
    expect(payout.active(aPayout().value)).toEqual([
      { region: 'payout', state: 'pending', meta: { closes: [] } },
    ])
    const regions = account.active(anAccount().value).map(({ region, state }) => `${region}.${state}`)
    expect(regions).toEqual([
      'connection.connected',
      'onboarding.enabled',
      'charges.active',
      'payouts.on',
      'hold.none',
    ])
  })

  it('has aliases and a parent only where its machine declares them', () => {
    expect([account, payment, payout].map(({ parent }) => parent?.machine)).toEqual([
      undefined,
      undefined,
      'account',
    ])
    expect([account.aliases(anAccount()), payout.aliases(aPayout())]).toEqual([[], []])
    expect(payout.parent?.event(aPayout())).toMatchObject({ type: 'payout.moved', payout: 'po_1' })
  })
})

/** Fields that change with every observation and tell a reader nothing. */
const BOOKKEEPING = { seq: 1, heard_seq: 1, as_of: 1, asked_at: 1, verified_at: 1, owes_refresh: true }

describe('a change', () => {
  it.each([
    ['by its dotted path', { a: { b: 1 } }, { a: { b: 2 } }, { 'a.b': [1, 2] }],
    ['without the wrappers', { facts: { a: { value: 1 } } }, { facts: { a: { value: 2 } } }, { a: [1, 2] }],
    ['for each member', { m: { items: { x: { value: 1 } } } }, { m: { items: {} } }, { 'm.x': [1, null] }],
    ['part by part if it is new', { a: null }, { a: { b: 1, c: [] } }, { 'a.b': [null, 1] }],
    ['part by part if it is gone', { a: { b: 1 } }, { a: null }, { 'a.b': [1, null] }],
    ['with whole lists', { a: [1] }, { a: [1, 2] }, { a: [[1], [1, 2]] }],
    ['if a list replaces an object', { a: { b: 1 } }, { a: [1] }, { a: [{ b: 1 }, [1]] }],
    ['without bookkeeping', BOOKKEEPING, {}, {}],
    ['not at all between unknown, false and empty', { a: null, b: false, c: [] }, { a: [], b: null }, {}],
    ['from false to true', { a: false }, { a: true }, { a: [false, true] }],
  ])('is listed %s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected)
  })
})

describe('a stored state cannot be read', () => {
  const { version, value, context } = aPayout()
  const failure = (stored: Parameters<typeof payout.read>[0]) => {
    try {
      payout.read(stored)
    } catch (error) {
      return error as UnreadableState
    }
    throw new Error('it was read')
  }

  it('if a newer build wrote it', () => {
    const error = failure({ version: version + 1, value, context })
    expect(error).toBeInstanceOf(UnreadableState)
    expect(error).toMatchObject({
      name: 'UnreadableState',
      machine: 'payout',
      version: version + 1,
      newer: true,
      message: `payout state has version ${version + 1}, newer than this build knows`,
    })
  })

  it.each([
    ['if a field is missing', { version, value, context: { ...context, account: undefined } }],
    ['if its version never existed', { version: 0, value, context }],
  ])('%s', (_, stored) => {
    const error = failure(stored)
    expect(error).toMatchObject({
      machine: 'payout',
      version: stored.version,
      newer: false,
      message: `payout state of version ${stored.version} cannot be read`,
    })
    expect(error.cause).toBeInstanceOf(Error)
  })
})
