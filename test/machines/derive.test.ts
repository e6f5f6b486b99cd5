/** A state depends on the facts alone, whatever was known before. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lifecycleOf, MACHINES, type MachineName } from '../support/lifecycles.ts'
import { hasConnection, partsOf } from '../support/convergence/shape.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

const INPUT = { id: 'x_1', account: 'acct_1', external_id: null, metadata: {}, fee_policy: null }

/** One answer that shows the whole object. */
function sights(machine: MachineName): fc.Arbitrary<Record<string, unknown>> {
  const parts = partsOf(machine).map(({ name, isMany, members, value }) => {
    const items = fc.dictionary(fc.constantFrom(...members), value, { maxKeys: 2 })
    return [name, isMany ? items.map((some) => ({ items: some, all: true })) : value] as const
  })
  const observation = fc.record(Object.fromEntries(parts))
  return hasConnection(machine)
    ? observation.map((some) => ({ ...some, connection: 'connected' }))
    : observation
}

const heard = (second: number, observation: object) =>
  ({ type: 'stripe.observed', as_of: { from: second, to: second }, observation }) as never
const answered = (second: number, seq: number, observation: object) =>
  ({
    type: 'stripe.observed',
    as_of: { from: second, to: second },
    asked: { seq, at: second * 1000, isOwed: true },
    observation,
  }) as never

describe.each(MACHINES)('the %s machine', (machine) => {
  const lifecycle = lifecycleOf(machine)

  it(
    'is in the state that its latest answer gives, whatever the answer before it showed',
    () => {
      fc.assert(
        fc.property(sights(machine), sights(machine), (before, now) => {
          const first = lifecycle.begin(INPUT, answered(100, 0, before)).live
          const next = lifecycle.step(first, answered(200, first.context.seq, now)).live
          const alone = lifecycle.begin(INPUT, answered(200, 0, now)).live
          expect(next.value).toEqual(alone.value)
        }),
        { numRuns: runs(300, 20_000), seed: SEED },
      )
    },
    TIMEOUT,
  )

  it('keeps the time of a call that Stripe would not answer, and owes no refresh after it', () => {
    const [observation = {}] = fc.sample(sights(machine), { numRuns: 1, seed: SEED })
    const { live } = lifecycle.begin(INPUT, heard(100, observation))
    expect(live.context.owes_refresh).toBe(true)
    const asked = { seq: live.context.seq, at: 123_000, isOwed: true }
    const event = { type: 'stripe.unobservable', asked, reason: 'it is gone' } as never
    expect(lifecycle.step(live, event)).toMatchObject({
      kind: 'moved',
      live: { value: live.value, context: { asked_at: 123_000, owes_refresh: false } },
    })
  })
})
