/** Asserts that the stored state equals Stripe's: each instance as one fetch shows it, nothing missing, owed or made twice. */
import { expect } from 'vitest'
import { lifecycleOf, type MachineName } from '../lifecycles.ts'
import type { ObservedContext } from '../../../machines/observation.ts'
import { suspects, type Facts } from '../../../machines/watermark.ts'
import type { TestDatabase } from '../database.ts'
import { booksAtStripe, booksOf } from './books.ts'
import { fetchedState, stateAndFacts } from './observe.ts'
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

/** The simulated Stripe, and a process that fetches from it. */
type TruthSource = Pick<Scene, 'gatehouse' | 'process' | 'stripe'> & {
  scheduler: Pick<Scene['scheduler'], 'run'>
}

export async function expectTruth(database: TestDatabase, scene: TruthSource): Promise<void> {
  const instances = await stored(database)
  for (const own of instances.filter(({ machine }) => machine === 'account')) {
    const isConnected = own.value['connection'] === 'connected'
    // oxlint-disable no-await-in-loop
    const truth = await scene.gatehouse.sim('GET', `/_sim/accounts/${own.id}`)
    expect(isConnected, 'whether the account is connected').toBe(truth['connected'])
    const its = instances.filter(({ account }) => account === own.id)
    if (isConnected) await expectFetched(scene, its)
    if (isConnected) await expectBooks(scene, own.id, its)
    // oxlint-enable no-await-in-loop
  }
  await expectWhole(database, instances)
}

async function expectFetched({ scheduler, process }: TruthSource, instances: Stored[]): Promise<void> {
  for (const { machine, id, account, value, context } of instances) {
    // oxlint-disable-next-line no-await-in-loop
    const fetched = await scheduler.run(() => fetchedState(process().deps(), { machine, id, account }))
    expect({ id, ...stateAndFacts(machine, { value, context }) }).toEqual({
      id,
      ...settledLike(value, fetched),
    })
    expect(suspects(context.facts), `suspect pieces of ${id}`).toEqual([])
    expect(context.owes_refresh, `${id} owes a refresh`).toBe(false)
  }
}

/** A paid payout settles by time alone, which no fetch shows. */
function settledLike(
  value: Record<string, string>,
  fetched: { states: Record<string, string>; facts: object },
) {
  const isSettled = value['payout'] === 'settled' && fetched.states['payout'] === 'paid'
  return isSettled ? { ...fetched, states: { payout: 'settled' } } : fetched
}

/** No history has a gap, no effect is owed, and no event has failed. */
async function expectWhole(database: TestDatabase, instances: Stored[]): Promise<void> {
  const rows = await database.rows('SELECT machine, id, seq FROM transitions ORDER BY machine, id, seq')
  const whole = instances.flatMap(({ machine, id, seq }) =>
    Array.from({ length: seq }, (_, index) => `${machine} ${id} ${index + 1}`),
  )
  expect(rows.map(({ machine, id, seq }) => `${machine as string} ${id as string} ${seq as number}`)).toEqual(
    whole,
  )
  const undone = await database.rows('SELECT name, last_error FROM outbox WHERE done_at IS NULL')
  expect(undone, 'effects that are not done').toEqual([])
  const failed = await database.rows("SELECT id, detail FROM inbox WHERE outcome = 'failed'")
  expect(failed, 'events that could not be applied').toEqual([])
}

/** Every object at Stripe is stored, and the sums agree to the cent. */
async function expectBooks(scene: TruthSource, account: string, instances: Stored[]): Promise<void> {
  const list = async (what: string): Promise<{ id: string }[]> =>
    (await scene.stripe('GET', `/v1/${what}?limit=100`, undefined, account)).data
  const idsOf = (machine: string) => instances.flatMap((one) => (one.machine === machine ? [one.id] : []))
  const [intents, payouts] = [await list('payment_intents'), await list('payouts')]
  expect(idsOf('payment')).toEqual(intents.map(({ id }) => id).toSorted())
  expect(idsOf('payout')).toEqual(payouts.map(({ id }) => id).toSorted())
  const { data, balanced } = await scene.gatehouse.sim('GET', `/_sim/books?account=${account}`)
  expect(balanced).toBe(true)
  expect(booksOf(account, instances), 'the stored amounts, summed as Stripe’s books are').toEqual(
    booksAtStripe(account, data),
  )
}
