/**
 * The histories that taught something: found by the random ones, shrunk, and named. Each is told as it happens at Stripe
 * and on the way, and says which of the ways of elsewhere (`test/support/convergence/naive.ts`) it leads astray.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { same } from '../../machines/watermark.ts'
import { MACHINES, type MachineName } from '../support/lifecycles.ts'
import { WAYS } from '../support/convergence/compare.ts'
import { expectConverged } from '../support/convergence/expect-converged.ts'
import type { Delivery, History, Step, Timing } from '../support/convergence/history.ts'
import { hasConnection, partsOf } from '../support/convergence/shape.ts'

/** A delivery takes so many ms; on the wire nothing else happens to it. */
const after = (delay: number, over: Partial<Delivery> = {}): Delivery => ({
  delay,
  copies: [],
  sibling: null,
  isLost: false,
  ...over,
})
/** The first piece of the machine's truth takes this one of its values, so many ms after what came before. */
const becomes = (value: number, wait: number, delivery: Delivery): Step => ({
  type: 'change',
  after: wait,
  part: 0,
  member: 0,
  value,
  also: 0,
  whole: false,
  delivery,
})
/** An event that is not true of the same piece: it takes a final value back, or says one that a newer event denies. */
const untrue = (wait: number, delivery: Delivery): Step => ({
  type: 'untrue',
  after: wait,
  part: 0,
  member: 0,
  value: 0,
  age: 1,
  delivery,
})
const look = (wait: number, timing: Timing): Step => ({ type: 'look', after: wait, timing })
const leaves = (wait: number, delivery: Delivery): Step => ({ type: 'leave', after: wait, delivery })
const returns = (wait: number, delivery: Delivery): Step => ({ type: 'return', after: wait, delivery })

const QUICK: Timing = { think: 1, date: 0, back: 1, apply: 0 }

interface Example {
  name: string
  steps: Step[]
  astray: string[]
  over?: Partial<History>
}

const EXAMPLES: Example[] = [
  {
    name: 'two events come in the wrong order',
    steps: [becomes(1, 2_000, after(5_000)), becomes(2, 2_000, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'two changes of one second come in the wrong order',
    steps: [becomes(1, 2_000, after(500)), becomes(2, 100, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'two changes of one second come in the right order',
    steps: [becomes(1, 2_000, after(10)), becomes(2, 100, after(10))],
    astray: ['`created >` only'],
  },
  {
    name: 'it changes and changes back within a second, and the change back is heard first',
    steps: [becomes(1, 2_000, after(500)), becomes(0, 100, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'it changes and changes back within a second, while a look that read the change is on its way',
    steps: [
      becomes(1, 2_000, after(10)),
      look(0, { think: 50, date: 0, back: 900, apply: 300 }),
      becomes(0, 100, after(10)),
    ],
    astray: ['last write wins', '`created >` only', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'a look that read what was is taken in after the event of what is',
    steps: [look(2_000, { think: 1, date: 0, back: 900, apply: 300 }), becomes(1, 100, after(10))],
    astray: ['last write wins', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'a look is dated after a change that it did not see',
    steps: [look(2_000, { think: 1, date: 200, back: 900, apply: 300 }), becomes(1, 100, after(10))],
    astray: ['last write wins', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'an event comes again after what followed it',
    steps: [becomes(1, 2_000, after(10, { copies: [5_000] })), becomes(2, 2_000, after(10))],
    astray: [],
  },
  {
    name: 'another event of one change comes after what followed it',
    steps: [becomes(1, 2_000, after(10, { sibling: 5_000 })), becomes(2, 2_000, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'the last event is lost',
    steps: [becomes(1, 2_000, after(10)), becomes(2, 2_000, after(10, { isLost: true }))],
    astray: [],
    over: { mended: 'looked at' },
  },
  {
    name: 'an event that was lost is read back after what followed it',
    steps: [becomes(1, 2_000, after(10, { isLost: true })), becomes(2, 2_000, after(10))],
    astray: ['last write wins'],
  },
]

const OF_THE_CONNECTION: Example[] = [
  {
    name: 'it leaves and returns, and that it left is heard last',
    steps: [leaves(2_000, after(6_000)), returns(2_000, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'it leaves and returns within a second, and that it left is heard last',
    steps: [leaves(2_000, after(500)), returns(100, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'it changed while it was away, of which nothing is told',
    steps: [leaves(2_000, after(10)), becomes(1, 2_000, after(10)), returns(2_000, after(10))],
    astray: ['last write wins', '`created >` only'],
  },
  {
    name: 'that it returned is lost, and it goes on as before',
    steps: [
      leaves(2_000, after(10)),
      returns(2_000, after(10, { isLost: true })),
      becomes(1, 2_000, after(10)),
    ],
    astray: [],
    over: { mended: 'looked at' },
  },
]

/** The second value is final: Stripe never leaves it. */
const OF_A_FINAL_VALUE: Example[] = [
  {
    name: 'it is canceled, and a newer event says that it went on',
    steps: [becomes(1, 2_000, after(10)), untrue(2_000, after(10))],
    astray: ['last write wins', '`created >` only'],
  },
  {
    name: 'a newer event says that it went on, and that it was canceled is heard last',
    steps: [becomes(1, 2_000, after(5_000)), untrue(2_000, after(10))],
    astray: ['`created >` only'],
  },
  {
    name: 'it goes on, and an older event says that it was canceled',
    steps: [becomes(2, 2_000, after(10)), untrue(2_000, after(10))],
    astray: ['last write wins'],
  },
  {
    name: 'an older event says that it was canceled, and that it went on is heard last',
    steps: [becomes(2, 2_000, after(5_000)), untrue(2_000, after(10))],
    astray: [],
  },
]

describe.each(MACHINES)('the %s machine', (machine) => {
  const examples = [
    ...EXAMPLES,
    ...(hasConnection(machine) ? OF_THE_CONNECTION : []),
    ...(finalOf(machine) ? OF_A_FINAL_VALUE : []),
  ]
  it.each(examples)('ends right where $name', (example) => {
    const history = historyOf(machine, example)
    expectConverged(machine, history)
    const astray = WAYS.filter(({ end }) => !end(machine, history).isRight)
    expect(astray.map(({ name }) => name)).toEqual(example.astray)
  })
})

function historyOf(machine: MachineName, example: Example): History {
  const { steps, over } = example
  return {
    values: partsOf(machine).map(({ value, final }) =>
      OF_A_FINAL_VALUE.includes(example) && final !== null
        ? withFinal(threeOf(value), final)
        : threeOf(value),
    ),
    steps,
    isMade: true,
    offset: 0,
    timings: [QUICK],
    mended: 'read back',
    ...over,
  }
}

function finalOf(machine: MachineName): Record<string, unknown> | null {
  return partsOf(machine)[0]?.final ?? null
}

function withFinal(values: unknown[], final: Record<string, unknown>): unknown[] {
  return values.map((value, index) => (index === 1 ? { ...(value as object), ...final } : value))
}

/** Three that differ. */
function threeOf(value: fc.Arbitrary<unknown>): unknown[] {
  const found: unknown[] = []
  for (const one of fc.sample(value, { numRuns: 200, seed: 1 }))
    if (found.length < 3 && !found.some((other) => same(other, one))) found.push(one)
  return found
}
