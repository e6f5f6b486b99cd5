/**
 * The promise: whatever the order, number and loss of events, and whatever fetches are made in between, an instance ends
 * with Stripe's final truth.
 */
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { MACHINES } from '../support/lifecycles.ts'
import { expectConverged, playTo } from '../support/convergence/expect-converged.ts'
import { histories } from '../support/convergence/history.ts'
import { KINDS, type Kind } from '../support/convergence/play.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

const happened = new Map<Kind, number>()

describe.each(MACHINES)('the %s machine', (machine) => {
  it(
    'ends with Stripe’s final truth, whatever happens to the events',
    () => {
      fc.assert(
        fc.property(histories(machine), (history) => {
          for (const [kind, count] of expectConverged(machine, history).kinds)
            happened.set(kind, (happened.get(kind) ?? 0) + count)
        }),
        { numRuns: runs(2_000, 100_000), seed: SEED },
      )
    },
    TIMEOUT,
  )

  it('ends with the same bytes twice from one seed', () => {
    const bytes = () =>
      JSON.stringify(
        fc
          .sample(histories(machine), { numRuns: runs(50, 50), seed: SEED })
          .map((history) => playTo(machine, history).live),
      )
    expect(bytes()).toBe(bytes())
  })
})

afterAll(() => {
  expect(KINDS.filter((kind) => !happened.get(kind))).toEqual([])
})
