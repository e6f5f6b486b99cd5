/** Every state decides which gates it closes, and every event has a handler. */
import { describe, expect, it } from 'vitest'
import { lifecycleOf, MACHINES, type EventOf, type MachineName } from '../support/lifecycles.ts'

/** A new event does not compile until it is listed here. */
const EVENTS: { [M in MachineName]: Record<EventOf<M>['type'], true> } = {
  account: {
    'stripe.observed': true,
    'stripe.unobservable': true,
    'account.named': true,
    'account.described': true,
    'onboarding.link_minted': true,
    'fee_policy.set': true,
    'operator.held': true,
    'operator.released': true,
    'payout.moved': true,
    'clock.reached': true,
  },
  payment: {
    'stripe.observed': true,
    'stripe.unobservable': true,
    'payment.named': true,
    'capture.requested': true,
    'cancel.requested': true,
    'refund.requested': true,
    'clock.reached': true,
  },
  payout: {
    'stripe.observed': true,
    'stripe.unobservable': true,
    'cancel.requested': true,
    'clock.reached': true,
  },
}

describe.each(MACHINES)('the %s machine', (name) => {
  const { machine } = lifecycleOf(name)

  it('lists the closed gates of each state', () => {
    const undecided = Object.entries(machine.states).flatMap(([region, { states }]) =>
      Object.entries(states).flatMap(([state, { meta }]) =>
        Array.isArray((meta as { closes?: unknown } | undefined)?.closes) ? [] : [`${region}.${state}`],
      ),
    )
    expect(undecided).toEqual([])
  })

  it('handles exactly its known events', () => {
    const nodes = [
      machine.root,
      ...Object.values(machine.states).flatMap((region) => [region, ...Object.values(region.states)]),
    ]
    const handled = new Set(
      nodes.flatMap(({ transitions }) => [...transitions.keys()]).filter((type) => type !== 'facts.changed'),
    )
    expect([...handled].sort()).toEqual(Object.keys(EVENTS[name]).sort())
  })

  it('has flat regions only, so that each has one state', () => {
    expect(machine.root.type).toBe('parallel')
    const nested = Object.values(machine.states).flatMap(({ states }) =>
      Object.values(states).filter((state) => Object.keys(state.states).length > 0),
    )
    expect(nested).toEqual([])
  })
})
