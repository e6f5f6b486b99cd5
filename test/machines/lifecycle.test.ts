/** What every machine gives whoever stores it: a step from one stored form to the next, and what may be asked of it. */
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

  it('that moves says from where to where, what changed, and counts itself', () => {
    const step = payout.step(live, paid(101))
    expect(step).toMatchObject({
      kind: 'moved',
      from: { payout: 'in_transit' },
      live: { version: payout.version, value: { payout: 'paid' }, context: { seq: 2 } },
      changed: { 'payout.status': ['in_transit', 'paid'] },
      effects: [],
    })
  })

  it('that the state does not take is refused, and leaves what is stored as it was', () => {
    expect(payout.step(live, { type: 'cancel.requested' })).toEqual({ kind: 'unmoved', live, why: 'refused' })
  })

  it('that says nothing new, or something old, says which', () => {
    const asked = { seq: 1, at: 100_000 }
    const same = { ...paid(100), observation: { payout: aPayoutTruth({ status: 'in_transit' }) }, asked }
    expect(payout.step(live, same)).toEqual({ kind: 'unmoved', live, why: 'unchanged' })
    expect(payout.step(live, paid(99))).toEqual({ kind: 'unmoved', live, why: 'stale' })
  })

  it('that changes no fact and owes something is a move', () => {
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

  it('that is the first begins from nothing', () => {
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
  it('tells which events its state handles, each once and none of its own making', () => {
    const waiting = aPayment({ payment: aPaymentTruth({ status: 'requires_capture' }) })
    expect(payment.accepts(waiting).toSorted()).toEqual([
      'cancel.requested',
      'capture.requested',
      'payment.named',
      'stripe.observed',
      'stripe.unobservable',
    ])
  })

  it('tells whether it takes an event now', () => {
    expect(payout.takes(aPayout({ status: 'pending' }), { type: 'cancel.requested' })).toBe(true)
    expect(payout.takes(aPayout({ status: 'paid' }), { type: 'cancel.requested' })).toBe(false)
  })

  it('tells what each of its states says of itself, in the order of the regions', () => {
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

  it('has a name, other ids and news only where its machine has them', () => {
    expect([account, payment, payout].map(({ hasParent }) => hasParent)).toEqual([false, false, true])
    expect([account.parentEvent(anAccount()), payment.parentEvent(aPayment())]).toEqual([null, null])
    expect([account.aliases(anAccount()), payout.aliases(aPayout())]).toEqual([[], []])
    expect(payout.parentEvent(aPayout())).toMatchObject({ type: 'payout.moved', payout: 'po_1' })
  })
})

/** What moves with every look at Stripe and tells a reader nothing. */
const BOOKKEEPING = { seq: 1, heard_seq: 1, as_of: 1, asked_at: 1, verified_at: 1, owes_refresh: true }

describe('what changed', () => {
  it.each([
    ['by its path', { a: { b: 1 } }, { a: { b: 2 } }, { 'a.b': [1, 2] }],
    ['without the wrappers', { facts: { a: { value: 1 } } }, { facts: { a: { value: 2 } } }, { a: [1, 2] }],
    ['of members', { m: { items: { x: { value: 1 } } } }, { m: { items: {} } }, { 'm.x': [1, null] }],
    ['part by part when it is new', { a: null }, { a: { b: 1, c: [] } }, { 'a.b': [null, 1] }],
    ['part by part when it is gone', { a: { b: 1 } }, { a: null }, { 'a.b': [1, null] }],
    ['with lists as a whole', { a: [1] }, { a: [1, 2] }, { a: [[1], [1, 2]] }],
    ['where a list comes to be', { a: { b: 1 } }, { a: [1] }, { a: [{ b: 1 }, [1]] }],
    ['but for bookkeeping', BOOKKEEPING, {}, {}],
    ['nothing, from nothing to nothing', { a: null, b: false, c: [] }, { a: [], b: null }, {}],
    ['from no to yes', { a: false }, { a: true }, { a: [false, true] }],
  ])('is told %s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected)
  })
})

describe('a stored state that cannot be read', () => {
  const { version, value, context } = aPayout()
  const failure = (stored: Parameters<typeof payout.read>[0]) => {
    try {
      payout.read(stored)
    } catch (error) {
      return error as UnreadableState
    }
    throw new Error('it was read')
  }

  it('was written by a newer build', () => {
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
    ['has lost something', { version, value, context: { ...context, account: undefined } }],
    ['is of a version that never was', { version: 0, value, context }],
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
