/**
 * Histories that random tests found, shrunk and named. Each says what happens at Stripe and on the way, and which naive
 * approaches (`test/support/convergence/naive.ts`) end it wrong.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { same } from '../../machines/watermark.ts'
import { MACHINES, type MachineName } from '../support/lifecycles.ts'
import { APPROACHES } from '../support/convergence/compare.ts'
import { expectConverged } from '../support/convergence/expect-converged.ts'
import type { Delivery, History, Step, Timing } from '../support/convergence/history.ts'
import { hasConnection, partsOf } from '../support/convergence/shape.ts'

/** An event that is delivered once, after so many ms. */
const after = (delay: number, over: Partial<Delivery> = {}): Delivery => ({
  delay,
  copies: [],
  sibling: null,
  isLost: false,
  ...over,
})
/** The machine's first piece takes the value with this index, so many ms after the step before. */
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
const fetchAt = (wait: number, timing: Timing): Step => ({ type: 'fetch', after: wait, timing })
const disconnects = (wait: number, delivery: Delivery): Step => ({
  type: 'disconnect',
  after: wait,
  delivery,
})
const reconnects = (wait: number, delivery: Delivery): Step => ({ type: 'connect', after: wait, delivery })

const QUICK: Timing = { think: 1, date: 0, back: 1, apply: 0 }

interface Example {
  name: string
  steps: Step[]
  endsWrong: string[]
  over?: Partial<History>
}

const EXAMPLES: Example[] = [
  {
    name: 'two events arrive in the wrong order',
    steps: [becomes(1, 2_000, after(5_000)), becomes(2, 2_000, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'two changes of one second arrive in the wrong order',
    steps: [becomes(1, 2_000, after(500)), becomes(2, 100, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'two changes of one second arrive in the right order',
    steps: [becomes(1, 2_000, after(10)), becomes(2, 100, after(10))],
    endsWrong: ['`created >` only'],
  },
  {
    name: 'a value changes and changes back within a second, and the second event arrives first',
    steps: [becomes(1, 2_000, after(500)), becomes(0, 100, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'a value changes and changes back within a second, while a fetch that read the change is under way',
    steps: [
      becomes(1, 2_000, after(10)),
      fetchAt(0, { think: 50, date: 0, back: 900, apply: 300 }),
      becomes(0, 100, after(10)),
    ],
    endsWrong: ['last write wins', '`created >` only', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'a fetch of the old value is applied after the event of the new one',
    steps: [fetchAt(2_000, { think: 1, date: 0, back: 900, apply: 300 }), becomes(1, 100, after(10))],
    endsWrong: ['last write wins', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'a fetch is dated after a change that it did not read',
    steps: [fetchAt(2_000, { think: 1, date: 200, back: 900, apply: 300 }), becomes(1, 100, after(10))],
    endsWrong: ['last write wins', 'fetch on every event', 'fetch, one at a time'],
  },
  {
    name: 'a duplicate arrives after the next event',
    steps: [becomes(1, 2_000, after(10, { copies: [5_000] })), becomes(2, 2_000, after(10))],
    endsWrong: [],
  },
  {
    name: 'a second event of one change arrives after the next change’s event',
    steps: [becomes(1, 2_000, after(10, { sibling: 5_000 })), becomes(2, 2_000, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'the last event is lost',
    steps: [becomes(1, 2_000, after(10)), becomes(2, 2_000, after(10, { isLost: true }))],
    endsWrong: [],
    over: { mended: 'fetched' },
  },
  {
    name: 'a lost event is read back after the next event',
    steps: [becomes(1, 2_000, after(10, { isLost: true })), becomes(2, 2_000, after(10))],
    endsWrong: ['last write wins'],
  },
]

const CONNECTION_EXAMPLES: Example[] = [
  {
    name: 'the account disconnects and reconnects, and the disconnection arrives last',
    steps: [disconnects(2_000, after(6_000)), reconnects(2_000, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'the account disconnects and reconnects within a second, and the disconnection arrives last',
    steps: [disconnects(2_000, after(500)), reconnects(100, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'the account changes while it is disconnected, which no event tells',
    steps: [disconnects(2_000, after(10)), becomes(1, 2_000, after(10)), reconnects(2_000, after(10))],
    endsWrong: ['last write wins', '`created >` only'],
  },
  {
    name: 'the reconnection is lost, and later events arrive',
    steps: [
      disconnects(2_000, after(10)),
      reconnects(2_000, after(10, { isLost: true })),
      becomes(1, 2_000, after(10)),
    ],
    endsWrong: [],
    over: { mended: 'fetched' },
  },
]

/** The second value is final: Stripe never leaves it. */
const FINAL_VALUE_EXAMPLES: Example[] = [
  {
    name: 'a newer event denies a cancellation',
    steps: [becomes(1, 2_000, after(10)), untrue(2_000, after(10))],
    endsWrong: ['last write wins', '`created >` only'],
  },
  {
    name: 'a newer event denies a cancellation that arrives after it',
    steps: [becomes(1, 2_000, after(5_000)), untrue(2_000, after(10))],
    endsWrong: ['`created >` only'],
  },
  {
    name: 'an older event states a cancellation that never happened',
    steps: [becomes(2, 2_000, after(10)), untrue(2_000, after(10))],
    endsWrong: ['last write wins'],
  },
  {
    name: 'an older event states a cancellation that never happened, and arrives first',
    steps: [becomes(2, 2_000, after(5_000)), untrue(2_000, after(10))],
    endsWrong: [],
  },
]

describe.each(MACHINES)('the %s machine', (machine) => {
  const examples = [
    ...EXAMPLES,
    ...(hasConnection(machine) ? CONNECTION_EXAMPLES : []),
    ...(finalOf(machine) ? FINAL_VALUE_EXAMPLES : []),
  ]
  it.each(examples)('ends with Stripe’s truth when $name', (example) => {
    const history = historyOf(machine, example)
    expectConverged(machine, history)
    const endsWrong = APPROACHES.filter(({ end }) => !end(machine, history).isRight)
    expect(endsWrong.map(({ name }) => name)).toEqual(example.endsWrong)
  })
})

function historyOf(machine: MachineName, example: Example): History {
  const { steps, over } = example
  return {
    values: partsOf(machine).map(({ value, final }) =>
      FINAL_VALUE_EXAMPLES.includes(example) && final !== null
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

/** Three different values. */
function threeOf(value: fc.Arbitrary<unknown>): unknown[] {
  const found: unknown[] = []
  for (const one of fc.sample(value, { numRuns: 200, seed: 1 }))
    if (found.length < 3 && !found.some((other) => same(other, one))) found.push(one)
  return found
}
