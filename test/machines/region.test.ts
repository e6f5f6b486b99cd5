/** What a region's declared edges say of a move, and how often its state is derived. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { account } from '../../machines/account/account.ts'
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { Live } from '../../machines/lifecycle.ts'
import { lifecycleOf, MACHINES } from '../../machines/lifecycles.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import { payment } from '../../machines/payment/payment.ts'
import { payout } from '../../machines/payout/payout.ts'
import type { Facts, Observation } from '../../machines/watermark.ts'
import { aDispute, aPayment, aPaymentTruth, members } from '../support/a-payment.ts'
import { aPayout, aPayoutTruth } from '../support/a-payout.ts'
import { anAccount, aTruth, seconds, seenWhole } from '../support/an-account.ts'

afterEach(() => vi.restoreAllMocks())

const observed = <O>(second: number, observation: O) =>
  ({ type: 'stripe.observed', as_of: seconds(second), observation }) as const
const payoutIs = (second: number, status: string) =>
  observed(second, { payout: aPayoutTruth({ status }), failure: { at: second } })
const skippedBy = (step: { kind: string; skipped?: string[] }) => {
  expect(step.kind).toBe('moved')
  return step.skipped
}

describe.each(MACHINES)('the regions of the %s machine', (machine) => {
  const { regions, machine: chart } = lifecycleOf(machine)

  it('declare edges between their own states only, and none to the state itself', () => {
    for (const { states, initial, edges } of Object.values(regions)) {
      expect(states).toContain(initial)
      expect(Object.keys(edges).toSorted()).toEqual(states.toSorted())
      for (const [state, next] of Object.entries(edges)) {
        expect(states).toEqual(expect.arrayContaining([...next]))
        expect(next).not.toContain(state)
        expect(new Set(next).size).toBe(next.length)
      }
    }
  })

  it('are what the statechart has, each state and each edge', () => {
    for (const [name, { states, edges }] of Object.entries(regions)) {
      const node = chart.states[name]
      expect(Object.keys(node?.states ?? {})).toEqual(states)
      for (const state of states) {
        const targets = (node?.states[state]?.transitions.get('facts.changed') ?? []).flatMap(
          ({ target }) => target?.map(({ key }) => key) ?? [],
        )
        expect(targets).toEqual(edges[state])
      }
    }
  })
})

describe('a derivation', () => {
  const LIVES: Record<string, [live: Live<ObservedContext<Facts>>, observation: unknown]> = {
    account: [anAccount(), { account: aTruth({ charges_enabled: false }) }],
    payment: [aPayment(), { refunds: { items: { re_1: null }, all: false } }],
    payout: [aPayout({ status: 'pending' }), { payout: aPayoutTruth({ status: 'in_transit' }) }],
  }

  it.each(MACHINES)('of each region of the %s machine is made once for each event', (machine) => {
    const lifecycle = lifecycleOf(machine)
    const [live, observation] = LIVES[machine] ?? []
    if (!live) throw new Error(`no ${machine}`)
    const spies = Object.values(lifecycle.regions).map((region) => vi.spyOn(region, 'derive'))
    lifecycle.step(live, observed(101, observation))
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual(spies.map(() => 1))
  })

  it('reads each capability of an account as few times as there are rules that name it', () => {
    const capabilities = { items: { card_payments: 'active', transfers: 'active' }, all: true } as const
    const live = anAccount({ capabilities })
    let reads = 0
    const { items } = live.context.facts.capabilities
    const counting = new Proxy(items, {
      get(target, name, receiver) {
        if (name === 'card_payments') reads += 1
        return Reflect.get(target, name, receiver) as unknown
      },
    })
    const { facts } = live.context
    account.regions['onboarding']?.derive({
      ...live.context,
      facts: { ...facts, capabilities: { ...facts.capabilities, items: counting } },
    })
    expect(reads).toBeLessThanOrEqual(2)
  })
})

describe('a move', () => {
  it('along a declared edge skips nothing', () => {
    expect(skippedBy(payout.step(aPayout({ status: 'pending' }), payoutIs(101, 'in_transit')))).toEqual([])
    expect(skippedBy(payout.step(aPayout({ status: 'paid' }), payoutIs(101, 'failed')))).toEqual([])
  })

  it('that stays in its state skips nothing', () => {
    const later = observed(101, { payout: aPayoutTruth({ status: 'pending', arrival_date: 7 }) })
    expect(skippedBy(payout.step(aPayout({ status: 'pending' }), later))).toEqual([])
  })

  it('along no declared edge is made, and names its region', () => {
    const step = payout.step(aPayout({ status: 'pending' }), payoutIs(101, 'paid'))
    expect(step).toMatchObject({ kind: 'moved', live: { value: { payout: 'paid' } }, skipped: ['payout'] })
  })

  it('names every region that jumped, and no other', () => {
    const live = aPayment({
      payment: aPaymentTruth({ status: 'succeeded', application_fee_amount: 50 }),
      disputes: members('du', aDispute({ status: 'won' })),
    })
    const step = payment.step(
      live,
      observed(101, {
        payment: aPaymentTruth({ status: 'processing', application_fee_amount: 50 }),
        disputes: members('du', aDispute({ status: 'lost' })),
        fees: members('fee', { amount: 50, amount_refunded: 0 }),
      }),
    )
    expect(skippedBy(step)).toEqual(['payment', 'dispute'])
  })

  it('that ends in a status this build does not know is a skip', () => {
    expect(skippedBy(payout.step(aPayout({ status: 'paid' }), payoutIs(101, 'a_new_word')))).toEqual([
      'payout',
    ])
  })

  it('by an operator or by the clock is along an edge', () => {
    const held = account.step(anAccount(), { type: 'operator.held', reason: 'r', by: 'b', at: 1 })
    expect(skippedBy(held)).toEqual([])
    const paid = aPayout({ status: 'paid', arrival_date: 100 })
    expect(skippedBy(payout.step(paid, { type: 'clock.reached', at: 8e12 }))).toEqual([])
  })
})

describe('an instance’s beginning', () => {
  const input = { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null }

  it('skips nothing, whatever state it begins in', () => {
    const begun = payout.begin({ id: 'po_1', account: 'acct_1', external_id: null }, payoutIs(100, 'failed'))
    expect(begun.skipped).toEqual([])
  })

  it('lasts until Stripe was first asked: what is learned in pieces before is no move', () => {
    const capability: Observation<AccountFacts> = {
      capabilities: { items: { card_payments: 'active' }, all: false },
    }
    const heard = account.begin(input, observed(100, capability)).live
    const pending = { capabilities: { items: { card_payments: 'pending' }, all: false } }
    const step = account.step(heard, observed(101, pending))
    expect(step.live.value['charges']).toBe('pending')
    expect(skippedBy(step)).toEqual([])
    const answer = {
      ...observed(102, seenWhole()),
      asked: { seq: step.live.context.seq, at: 1, isOwed: true },
    }
    const asked = account.step(step.live, answer).live
    expect(skippedBy(account.step(asked, observed(103, pending)))).toEqual(['charges'])
  })
})

describe('a new build that derives another state from the same facts', () => {
  const stored = { ...aPayout({ status: 'paid' }), value: { payout: 'pending' } }

  it('skips nothing by moving the instance there', () => {
    const step = payout.step(stored, payoutIs(99, 'paid'))
    expect(step).toMatchObject({
      kind: 'moved',
      from: { payout: 'pending' },
      live: { value: { payout: 'paid' } },
    })
    expect(skippedBy(step)).toEqual([])
  })

  it('judges a move by where it itself saw the instance before', () => {
    expect(skippedBy(payout.step(stored, payoutIs(101, 'failed'))), 'paid, then failed').toEqual([])
    expect(skippedBy(payout.step(stored, payoutIs(101, 'a_new_word')))).toEqual(['payout'])
  })
})
