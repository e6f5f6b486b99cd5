/** Whether what is stored is Stripe's truth: each instance what one look would show, and nothing missing, owed or doubled. */
import { expect } from 'vitest'
import { lifecycleOf, type MachineName } from '../lifecycles.ts'
import type { ObservedContext } from '../../../machines/observation.ts'
import { suspects, type Facts } from '../../../machines/watermark.ts'
import type { TestDatabase } from '../database.ts'
import { booksAtStripe, booksOf } from './books.ts'
import { believed, observed } from './observe.ts'
import type { Scene } from './scene.ts'

export interface Stored {
  machine: MachineName
  id: string
  account: string
  external_id: string | null
  seq: number
  value: Record<string, string>
  context: ObservedContext<Facts>
}

export async function stored(database: TestDatabase): Promise<Stored[]> {
  const rows = await database.rows('SELECT * FROM instances ORDER BY machine, id')
  return rows.map((row) => {
    const { machine, id, account, external_id, seq, version } = row as unknown as Stored & { version: number }
    const [value, context] = [JSON.parse(row['value'] as string), JSON.parse(row['context'] as string)]
    return {
      machine,
      id,
      account,
      external_id,
      seq,
      ...lifecycleOf(machine).read({ version, value, context }),
    }
  })
}

/** Where it can be seen: the simulated Stripe, and a process that looks at it. */
type Observation = Pick<Scene, 'gatehouse' | 'process' | 'stripe'> & { stage: Pick<Scene['stage'], 'run'> }

export async function expectTruth(database: TestDatabase, scene: Observation): Promise<void> {
  const instances = await stored(database)
  for (const own of instances.filter(({ machine }) => machine === 'account')) {
    const isConnected = own.value['connection'] === 'connected'
    // oxlint-disable no-await-in-loop
    const truth = await scene.gatehouse.sim('GET', `/_sim/accounts/${own.id}`)
    expect(isConnected, 'whether Stripe lets the platform see the account').toBe(truth['connected'])
    const its = instances.filter(({ account }) => account === own.id)
    if (isConnected) await expectSeen(scene, its)
    if (isConnected) await expectBooks(scene, own.id, its)
    // oxlint-enable no-await-in-loop
  }
  await expectWhole(database, instances)
}

async function expectSeen({ stage, process }: Observation, instances: Stored[]): Promise<void> {
  for (const { machine, id, account, value, context } of instances) {
    // oxlint-disable-next-line no-await-in-loop
    const observation = await stage.run(() => observed(process().deps(), { machine, id, account }))
    expect({ id, ...believed(machine, { value, context }) }).toEqual({
      id,
      ...settledLike(value, observation),
    })
    expect(suspects(context.facts), `${id} is believed`).toEqual([])
    expect(context.owes_refresh, `${id} owes no look`).toBe(false)
  }
}

/** Time alone settles a payout that was paid, and no look at Stripe shows that. */
function settledLike(
  value: Record<string, string>,
  observation: { states: Record<string, string>; facts: object },
) {
  const isSettled = value['payout'] === 'settled' && observation.states['payout'] === 'paid'
  return isSettled ? { ...observation, states: { payout: 'settled' } } : observation
}

/** No history has a gap, no effect and no event was left. */
async function expectWhole(database: TestDatabase, instances: Stored[]): Promise<void> {
  const rows = await database.rows('SELECT machine, id, seq FROM transitions ORDER BY machine, id, seq')
  const whole = instances.flatMap(({ machine, id, seq }) =>
    Array.from({ length: seq }, (_, index) => `${machine} ${id} ${index + 1}`),
  )
  expect(rows.map(({ machine, id, seq }) => `${machine as string} ${id as string} ${seq as number}`)).toEqual(
    whole,
  )
  const undone = await database.rows('SELECT name, last_error FROM outbox WHERE done_at IS NULL')
  expect(undone, 'every effect was done').toEqual([])
  const failed = await database.rows("SELECT id, detail FROM inbox WHERE outcome = 'failed'")
  expect(failed, 'every event could be taken in').toEqual([])
}

/** Nothing at Stripe that is not here, and the sums equal to the cent. */
async function expectBooks(scene: Observation, account: string, instances: Stored[]): Promise<void> {
  const list = async (what: string): Promise<{ id: string }[]> =>
    (await scene.stripe('GET', `/v1/${what}?limit=100`, undefined, account)).data
  const idsOf = (machine: string) => instances.flatMap((one) => (one.machine === machine ? [one.id] : []))
  const [intents, payouts] = [await list('payment_intents'), await list('payouts')]
  expect(idsOf('payment')).toEqual(intents.map(({ id }) => id).toSorted())
  expect(idsOf('payout')).toEqual(payouts.map(({ id }) => id).toSorted())
  const { data, balanced } = await scene.gatehouse.sim('GET', `/_sim/books?account=${account}`)
  expect(balanced).toBe(true)
  expect(booksOf(account, instances), 'what is stored adds up to Stripe’s books').toEqual(
    booksAtStripe(account, data),
  )
}
