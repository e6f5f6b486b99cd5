/**
 * The promise: whatever order, number and loss events come in, and whatever looks at Stripe are made in between, what is
 * stored in the end is Stripe's final truth.
 */
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { MACHINES, type MachineName } from '../../machines/lifecycles.ts'
import { suspects } from '../../machines/watermark.ts'
import { histories, type History } from '../support/convergence/history.ts'
import { factsOf, truthOf } from '../support/convergence/judge.ts'
import { ORACLES } from '../support/convergence/oracle.ts'
import { ours } from '../support/convergence/ours.ts'
import { KINDS, play, type Kind } from '../support/convergence/play.ts'
import { CONNECTION, hasConnection, partsOf } from '../support/convergence/shape.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

const happened = new Map<Kind, number>()

/** What is stored, in the truth's own form. */
function believed(machine: MachineName, history: History) {
  const parts = partsOf(machine)
  const receiver = ours(machine)
  const played = play({ parts, connection: hasConnection(machine) }, history, receiver)
  for (const [kind, count] of played.kinds) happened.set(kind, (happened.get(kind) ?? 0) + count)
  return { parts, played, live: receiver.live(), committed: receiver.history }
}

describe.each(MACHINES)('the %s machine', (machine) => {
  it(
    'ends at Stripe’s final truth, whatever became of the events on their way',
    () => {
      fc.assert(
        fc.property(histories(machine), (history) => {
          const { played, live, committed } = believed(machine, history)
          if (!live) return
          const { facts, owes_refresh } = live.context
          const isSeen = played.truth.connected
          expect({
            connection: hasConnection(machine) ? (facts[CONNECTION] as { value: unknown })?.value : undefined,
            facts: isSeen ? factsOf(machine, facts) : undefined,
            states: pick(live.value, ORACLES[machine]?.(played.truth) ?? {}),
            suspect: isSeen ? suspects(facts) : undefined,
            owes_refresh,
          }).toEqual({
            connection: hasConnection(machine) ? (isSeen ? 'connected' : 'disconnected') : undefined,
            facts: isSeen ? truthOf(machine, played.truth) : undefined,
            states: ORACLES[machine]?.(played.truth) ?? {},
            suspect: isSeen ? [] : undefined,
            owes_refresh: false,
          })
          expect(committed, 'a history without a gap').toEqual(committed.map((_, index) => index + 1))
        }),
        { numRuns: runs(2_000, 100_000), seed: SEED },
      )
    },
    TIMEOUT,
  )

  it('comes to the same bytes twice from one seed', () => {
    const bytes = () =>
      JSON.stringify(
        fc
          .sample(histories(machine), { numRuns: runs(50, 50), seed: SEED })
          .map((history) => believed(machine, history).live),
      )
    expect(bytes()).toBe(bytes())
  })
})

afterAll(() => {
  expect(KINDS.filter((kind) => !happened.get(kind))).toEqual([])
})

function pick(
  states: Record<string, string>,
  of: Record<string, string>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(of).map((region) => [region, states[region]]))
}
