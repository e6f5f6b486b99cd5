/** Histories of Stripe's truth and of how it was heard, as data: what fast-check makes, shrinks and prints. */
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { MachineName } from '../lifecycles.ts'
import { hasConnection, partsOf, type Part } from './shape.ts'

/** How one event reaches us. Delays in ms. */
export interface Delivery {
  delay: number
  /** The same event again. */
  copies: readonly number[]
  /** Another event for the same change. */
  sibling: number | null
  isLost: boolean
}

/** When a question is put, when Stripe reads, when it dates its answer, when that is here, when it is taken in. */
export interface Timing {
  think: number
  date: number
  back: number
  apply: number
}

export type Step = { after: number } & (
  | {
      type: 'change'
      part: number
      member: number
      /** Which of the part's values; null: the member is gone. */
      value: number | null
      /** What else the event shows, a bit each; and whether a collection is shown whole. */
      also: number
      whole: boolean
      delivery: Delivery
    }
  /** An event that is not true: it takes a final value back, or says one late that a newer event denies. */
  | { type: 'untrue'; part: number; member: number; value: number; age: number; delivery: Delivery }
  | { type: 'look'; timing: Timing }
  | { type: 'leave'; delivery: Delivery }
  | { type: 'return'; delivery: Delivery }
)

export interface History {
  /** The values each part takes, by index. */
  values: readonly (readonly unknown[])[]
  steps: readonly Step[]
  /** Made by us, and so seen at once; or heard of. */
  isMade: boolean
  /** How long after a second begins the history does. */
  offset: number
  /** The timings of the looks that are owed, in turn. */
  timings: readonly Timing[]
  /** What becomes of the events that were lost: read back, or the object looked at, as the reconciler does. */
  mended: 'read back' | 'looked at'
}

const VALUES = 3
export const MEMBERS = 2

/** Half of all changes fall into the second of the one before. */
const pause = fc.oneof(fc.constant(0), fc.nat({ max: 400 }), fc.integer({ min: 300, max: 2500 }))
const delay = fc.oneof(fc.integer({ min: 10, max: 300 }), fc.integer({ min: 10, max: 6000 }))

const timing: Arbitrary<Timing> = fc.record({
  think: fc.integer({ min: 1, max: 900 }),
  date: fc.integer({ min: 0, max: 200 }),
  back: fc.integer({ min: 1, max: 900 }),
  apply: fc.integer({ min: 0, max: 300 }),
})

const delivery: Arbitrary<Delivery> = fc.record({
  delay,
  copies: fc.array(delay, { maxLength: 2 }),
  sibling: fc.option(delay, { freq: 4 }),
  isLost: fc.nat({ max: 9 }).map((roll) => roll === 9),
})

export function histories(machine: MachineName, length = 14): Arbitrary<History> {
  const parts = partsOf(machine)
  const change = fc.record({
    type: fc.constant('change' as const),
    after: pause,
    part: fc.nat({ max: parts.length - 1 }),
    member: fc.nat({ max: MEMBERS - 1 }),
    value: fc.option(fc.nat({ max: VALUES - 1 }), { freq: 8 }),
    also: fc.nat({ max: 2 ** parts.length - 1 }),
    whole: fc.boolean(),
    delivery,
  })
  const look = fc.record({ type: fc.constant('look' as const), after: pause, timing })
  const leave = fc.record({ type: fc.constant('leave' as const), after: pause, delivery })
  const back = fc.record({ type: fc.constant('return' as const), after: pause, delivery })
  const step: Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: change },
    { weight: 2, arbitrary: look },
    ...untrueEvents(parts),
    ...(hasConnection(machine)
      ? [
          { weight: 1, arbitrary: leave },
          { weight: 2, arbitrary: back },
        ]
      : []),
  )
  return fc.record({
    values: fc.tuple(...parts.map(valuesOf)),
    steps: fc.array(step, { minLength: 1, maxLength: length }),
    isMade: fc.boolean(),
    offset: fc.nat({ max: 999 }),
    timings: fc.array(timing, { minLength: 1, maxLength: 4 }),
    mended: fc.constantFrom('read back' as const, 'looked at' as const),
  })
}

/** None for a machine that knows no final value. */
function untrueEvents(parts: readonly Part[]) {
  const withFinal = parts.flatMap(({ final }, index) => (final === null ? [] : [index]))
  if (withFinal.length === 0) return []
  const arbitrary = fc.record({
    type: fc.constant('untrue' as const),
    after: pause,
    part: fc.constantFrom(...withFinal),
    member: fc.nat({ max: MEMBERS - 1 }),
    value: fc.nat({ max: VALUES - 1 }),
    age: fc.integer({ min: 1, max: 4 }),
    delivery,
  })
  return [{ weight: 3, arbitrary }]
}

/** Half of the time, one of them is final. */
function valuesOf({ value, final }: Part): Arbitrary<unknown[]> {
  const values = fc.array(value, { minLength: VALUES, maxLength: VALUES })
  if (final === null) return values
  return fc
    .tuple(values, fc.option(fc.nat({ max: VALUES - 1 }), { freq: 1 }))
    .map(([all, chosen]) =>
      all.map((one, index) => (index === chosen ? { ...(one as object), ...final } : one)),
    )
}
