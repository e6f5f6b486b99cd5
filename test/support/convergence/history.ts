/** Histories of Stripe's truth and of its events' delivery, as data that fast-check generates, shrinks and prints. */
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { MachineName } from '../lifecycles.ts'
import { hasConnection, partsOf, type Part } from './shape.ts'

/** How one event is delivered. Delays in ms. */
export interface Delivery {
  delay: number
  /** The same event again. */
  copies: readonly number[]
  /** Another event for the same change. */
  sibling: number | null
  isLost: boolean
}

/** The phases of one fetch, in ms: until Stripe reads, until it dates its answer, until that arrives, until it is applied. */
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
      /** The index of the new value; null: the member is gone. */
      value: number | null
      /** Other parts that the event shows, one bit each; and whether it shows a collection whole. */
      also: number
      whole: boolean
      delivery: Delivery
    }
  /** An event that is not true: it takes a final value back, or states one late that a newer event denies. */
  | { type: 'untrue'; part: number; member: number; value: number; age: number; delivery: Delivery }
  | { type: 'fetch'; timing: Timing }
  | { type: 'disconnect'; delivery: Delivery }
  | { type: 'connect'; delivery: Delivery }
)

export interface History {
  /** The values of each part, by index. */
  values: readonly (readonly unknown[])[]
  steps: readonly Step[]
  /** Whether the instance begins with a fetch, or with an event. */
  isMade: boolean
  /** How many ms after the start of a second the history begins. */
  offset: number
  /** The timings of the owed fetches, in turn. */
  timings: readonly Timing[]
  /** How the reconciler makes up for lost events: it reads them back, or fetches the object. */
  mended: 'read back' | 'fetched'
}

const VALUES = 3
export const MEMBERS = 2

/** Half of all changes fall into the second of the change before. */
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
  const fetched = fc.record({ type: fc.constant('fetch' as const), after: pause, timing })
  const leave = fc.record({ type: fc.constant('disconnect' as const), after: pause, delivery })
  const back = fc.record({ type: fc.constant('connect' as const), after: pause, delivery })
  const step: Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: change },
    { weight: 2, arbitrary: fetched },
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
    mended: fc.constantFrom('read back' as const, 'fetched' as const),
  })
}

/** None for a machine without final values. */
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

/** In half of the cases, one value is final. */
function valuesOf({ value, final }: Part): Arbitrary<unknown[]> {
  const values = fc.array(value, { minLength: VALUES, maxLength: VALUES })
  if (final === null) return values
  return fc
    .tuple(values, fc.option(fc.nat({ max: VALUES - 1 }), { freq: 1 }))
    .map(([all, chosen]) =>
      all.map((one, index) => (index === chosen ? { ...(one as object), ...final } : one)),
    )
}
