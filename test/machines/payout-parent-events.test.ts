/** An account ends in the same state, in whatever order its payouts are reported. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { account, type LiveAccount } from '../../machines/account/account.ts'
import type { PayoutSummary } from '../../machines/account/facts.ts'
import { aPayoutSummary, aPayoutEvent } from '../support/a-payout.ts'
import { anAccount } from '../support/an-account.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

const LIVES = [
  ['pending'],
  ['pending', 'canceled'],
  ['pending', 'in_transit'],
  ['pending', 'in_transit', 'paid', 'settled'],
  ['pending', 'in_transit', 'failed'],
  ['pending', 'in_transit', 'paid', 'failed'],
  ['pending', 'paid', 'settled', 'failed'],
  ['pending', 'unrecognized'],
  ['pending', 'unrecognized', 'paid'],
]

interface Life {
  amount: number
  automatic: boolean
  states: readonly string[]
  created: number
  destination: string | null
  /** Seconds from its creation to its failure, if it failed. */
  failsAfter: number
}

const life: fc.Arbitrary<Life> = fc.record({
  states: fc.constantFrom(...LIVES),
  amount: fc.constantFrom(5000, 5000, -5000),
  automatic: fc.boolean(),
  created: fc.integer({ min: 1, max: 20 }),
  destination: fc.constantFrom('ba_1', 'ba_2', null),
  failsAfter: fc.integer({ min: 1, max: 10 }),
})

const sightOf = (state: string, { failsAfter, states: _, ...life }: Life): PayoutSummary =>
  aPayoutSummary({
    ...life,
    state,
    ...(state === 'failed' && { failure_code: 'no_account', failed_at: life.created + failsAfter }),
  })

/** Each payout's reports are in order; between payouts any order is possible. */
function told(lives: readonly Life[], turns: readonly number[]): LiveAccount {
  const waiting = lives.map((one, index) =>
    one.states.map((state) => aPayoutEvent(sightOf(state, one), `po_${index}`)),
  )
  const speakers = [...turns]
  let live = anAccount()
  for (;;) {
    const left = waiting.filter((stories) => stories.length > 0)
    const next = left[(speakers.shift() ?? 0) % Math.max(1, left.length)]?.shift()
    if (!next) return live
    ;({ live } = account.step(live, next))
  }
}

const ending = ({ value, context }: LiveAccount) => ({
  payouts: value['payouts'],
  kept: Object.fromEntries(
    Object.entries(context.facts.payouts.items).map(([id, { value: sight }]) => [id, sight]),
  ),
})

const turns = fc.array(fc.nat(1000), { maxLength: 40 })

describe('an account whose payouts are reported', () => {
  test.prop([fc.array(life, { maxLength: 8 }), turns, turns], { numRuns: runs(300, 20_000), seed: SEED })(
    '    ends the same for every interleaving of their reports',
    (lives, one, other) => {
      expect(ending(told(lives, one))).toEqual(ending(told(lives, other)))
    },
    TIMEOUT,
  )

  test.prop([fc.array(life, { maxLength: 8 }), turns], { numRuns: runs(300, 20_000), seed: SEED })(
    'ends as if only the last report of each had come',
    (lives, order) => {
      const ends = lives.map((one) => ({ ...one, states: one.states.slice(-1) }))
      expect(ending(told(lives, order))).toEqual(ending(told(ends, [])))
    },
    TIMEOUT,
  )
})
