/**
 * Convergence of the whole service: events arrive in any order, duplicated or not at all, calls fail and processes crash, and
 * the final stored state is still the state that one fetch from Stripe would lead to.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { DATABASE_FAULTS, histories, STRIPE_FAULTS, type History } from '../support/stack/actions.ts'
import { play } from '../support/stack/play.ts'
import { expectTruth } from '../support/stack/truth.ts'

/** A history takes about a second, and several on a busy machine. */
const PATIENCE = Math.max(TIMEOUT, 300_000)

let database: TestDatabase
const happened = new Map<string, number>()
let [played, stripeCalls] = [0, 0]

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
  const counts = [...happened].map(([kind, count]) => `${kind}: ${count}`).toSorted()
  console.log(`${played} histories, ${stripeCalls} calls to Stripe. ${counts.join(', ')}`)
})

/** Each of these must happen in some history, or the suite proves less than it claims. */
const WANTED = [
  ...DATABASE_FAULTS,
  ...STRIPE_FAULTS,
  'duplicate',
  'sibling',
  'drop',
  'shuffle',
  'hold',
  'delay_ms',
  'same_second',
  'crash',
  'cron',
  'refresh',
  'deauthorize',
  'authorize',
  'dispute',
  'move payout',
  'dashboard',
  'give the fee back',
  'fail a refund',
]

it(
  'any history ends in the state that one fetch from Stripe leads to',
  async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { scene, kinds, stripeCalls: calls } = await play(database, history)
        try {
          await expectTruth(database, scene)
        } finally {
          scene.close()
        }
        played += 1
        stripeCalls += calls
        for (const [kind, count] of kinds) happened.set(kind, (happened.get(kind) ?? 0) + count)
      }),
      { numRuns: runs(25, 500), seed: SEED },
    )
    expect(
      WANTED.filter((kind) => !happened.get(kind)),
      'kinds that never happened',
    ).toEqual([])
  },
  PATIENCE,
)

it(
  'the same seed writes the same bytes twice',
  async () => {
    const bytes = async (history: History) => {
      const { scene } = await play(database, history)
      scene.close()
      const tables = ['instances', 'transitions', 'inbox', 'outbox', 'requests']
      const rows = tables.map((table) => database.rows(`SELECT * FROM ${table} ORDER BY 1, 2, 3`))
      return JSON.stringify(await Promise.all(rows))
    }
    for (const history of fc.sample(histories, { numRuns: runs(2, 30), seed: SEED })) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await bytes(history)).toBe(await bytes(history))
    }
  },
  PATIENCE,
)
