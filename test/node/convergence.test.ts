/**
 * The promise, of the whole service: whatever order, number and loss Stripe's events come in, whatever fails and whoever
 * dies meanwhile, what is stored in the end is what one look at Stripe would show.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import type { Observing } from '../../machines/observe.ts'
import { suspects, type Facts } from '../../machines/watermark.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { booksAtStripe, booksOf } from '../support/stack/books.ts'
import { DATABASE_FAULTS, histories, STRIPE_FAULTS, type History } from '../support/stack/deeds.ts'
import { believed, observed } from '../support/stack/observe.ts'
import { play, type Played } from '../support/stack/play.ts'

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

interface Stored {
  machine: MachineName
  id: string
  account: string
  seq: number
  value: Record<string, string>
  context: Observing<Facts>
}

async function stored(): Promise<Stored[]> {
  const rows = await database.rows('SELECT * FROM instances ORDER BY machine, id')
  return rows.map((row) => {
    const { machine, id, account, seq, version } = row as unknown as Stored & { version: number }
    const [value, context] = [JSON.parse(row['value'] as string), JSON.parse(row['context'] as string)]
    const live = lifecycleOf(machine).read({ version, value, context })
    return { machine, id, account, seq, ...live }
  })
}

async function expectTruth({ stage, gatehouse, account, process }: Played): Promise<void> {
  const instances = await stored()
  const own = instances.find(({ machine }) => machine === 'account')
  const isConnected = own?.value['connection'] === 'connected'
  const truth = await gatehouse.sim('GET', `/_sim/accounts/${account}`)
  expect(isConnected, 'whether Stripe lets the platform see the account').toBe(truth['connected'])

  for (const { machine, id, value, context } of isConnected ? instances : []) {
    // oxlint-disable-next-line no-await-in-loop
    const seen = await stage.run(() => observed(process.deps(), { machine, id, account }))
    expect({ id, ...believed(machine, { value, context }) }).toEqual({ id, ...settledLike(value, seen) })
    expect(suspects(context.facts), `${id} is believed`).toEqual([])
    expect(context.owes_refresh, `${id} owes no look`).toBe(false)
  }
  for (const { machine, id, seq } of instances) {
    // oxlint-disable-next-line no-await-in-loop
    const seqs = await database.rows(
      'SELECT seq FROM transitions WHERE machine = ? AND id = ? ORDER BY seq',
      [machine, id],
    )
    expect(
      seqs.map((row) => row['seq']),
      `the history of ${id}`,
    ).toEqual(Array.from({ length: seq }, (_, index) => index + 1))
  }
  const undone = await database.rows('SELECT name, last_error FROM outbox WHERE done_at IS NULL')
  expect(undone, 'every effect was done').toEqual([])
  const failed = await database.rows("SELECT id, detail FROM inbox WHERE outcome = 'failed'")
  expect(failed, 'every event could be taken in').toEqual([])
  if (isConnected) await expectBooks(gatehouse, account, instances)
}

/** Time alone settles a payout that was paid, and no look at Stripe shows that. */
function settledLike(value: Record<string, string>, seen: { states: Record<string, string>; facts: object }) {
  const isSettled = value['payout'] === 'settled' && seen.states['payout'] === 'paid'
  return isSettled ? { ...seen, states: { payout: 'settled' } } : seen
}

/** Nothing at Stripe that is not here, and the sums equal to the cent. */
async function expectBooks(
  gatehouse: Played['gatehouse'],
  account: string,
  instances: Stored[],
): Promise<void> {
  const headers = { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account }
  const list = async (what: string) => {
    const answer = await gatehouse.simulator.fetch(
      new Request(`http://stripe.test/v1/${what}?limit=100`, { headers }),
    )
    return ((await answer.json()) as { data: { id: string }[] }).data
  }
  const idsOf = (machine: string) => instances.flatMap((one) => (one.machine === machine ? [one.id] : []))
  const [intents, payouts] = [await list('payment_intents'), await list('payouts')]
  expect(idsOf('payment')).toEqual(intents.map(({ id }) => id).toSorted())
  expect(idsOf('payout')).toEqual(payouts.map(({ id }) => id).toSorted())
  const { data, balanced } = await gatehouse.sim('GET', `/_sim/books?account=${account}`)
  expect(balanced).toBe(true)
  expect(booksOf(account, instances), 'what is stored adds up to Stripe’s books').toEqual(
    booksAtStripe(account, data),
  )
}

/** Found on the way; each was wrong once. */
const EXAMPLES: [History][] = []

it(
  'ends where one look at Stripe would, whatever happened on the way',
  async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const end = await play(database, history)
        try {
          await expectTruth(end)
        } finally {
          end.stage.close()
        }
        played += 1
        stripeCalls += end.stripeCalls
        for (const [kind, count] of end.kinds) happened.set(kind, (happened.get(kind) ?? 0) + count)
      }),
      {
        numRuns: runs(25, 500),
        seed: SEED,
        examples: EXAMPLES,
        endOnFailure: process.env['SHRINK'] === undefined,
      },
    )
    const wanted = [...DATABASE_FAULTS, ...STRIPE_FAULTS]
    expect(
      wanted.filter((kind) => !happened.get(kind)),
      'what never went wrong',
    ).toEqual([])
  },
  PATIENCE,
)

it(
  'comes to the same bytes twice from one seed',
  async () => {
    const bytes = async (history: History) => {
      const { stage } = await play(database, history)
      stage.close()
      const tables = ['instances', 'transitions', 'inbox', 'outbox', 'requests']
      return JSON.stringify(
        await Promise.all(tables.map((table) => database.rows(`SELECT * FROM ${table} ORDER BY 1, 2, 3`))),
      )
    }
    for (const history of fc.sample(histories, { numRuns: runs(3, 30), seed: SEED })) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await bytes(history)).toBe(await bytes(history))
    }
  },
  PATIENCE,
)
