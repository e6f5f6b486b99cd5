/**
 * The promise, of the whole service: whatever order, number and loss Stripe's events come in, whatever fails and whoever
 * dies meanwhile, what is stored in the end is what one look at Stripe would show.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { DATABASE_FAULTS, histories, STRIPE_FAULTS, type History } from '../support/stack/actions.ts'
import { play } from '../support/stack/play.ts'
import { expectTruth } from '../support/stack/truth.ts'

/** A history takes a second, and several where others use the machine, too. */
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

/** What has to happen somewhere, or less was shown than is said. */
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
  'ends where one look at Stripe would, whatever happened on the way',
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
      'what never happened',
    ).toEqual([])
  },
  PATIENCE,
)

it(
  'comes to the same bytes twice from one seed',
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
