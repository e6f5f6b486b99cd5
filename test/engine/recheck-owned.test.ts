/** `backfill`: how far it reads an account's lists, and which objects begin. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { backfill, type RecheckDeps } from '../../src/engine/reconcile/recheck-owned.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

const NOW = 1_800_000_000_000

let database: TestDatabase
let gatehouse: Gatehouse
let account: string

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database, { now: () => NOW, simulator: { now: () => NOW } })
  account = (await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop' } })).body['id']
  await gatehouse.settle()
})
afterAll(() => database.stop())

const created = NOW / 1000
const payment = (id: string, metadata = {}) => ({
  id,
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  currency: 'usd',
  created,
  metadata,
})
const payout = (id: string) => ({
  id,
  object: 'payout',
  status: 'paid',
  amount: 1000,
  currency: 'usd',
  automatic: true,
  created,
})

/** Backfills from lists with these pages; returns the calls to Stripe. */
async function backfillFrom(lists: { payments: object[][]; payouts: object[][] }): Promise<unknown[]> {
  const asked: unknown[] = []
  const paged = (name: keyof typeof lists) => {
    const pages = lists[name].values()
    return async (of: string, params: object) => {
      asked.push([name, of, params])
      const { value: data = [] } = pages.next()
      const value = { object: 'list', data, has_more: data !== lists[name].at(-1), url: '' }
      return { value, as_of: { from: created, to: created }, replayed: false }
    }
  }
  const stripe = { listPaymentIntents: paged('payments'), listPayouts: paged('payouts') }
  const deps = { ...gatehouse.deps(), stripe: stripe as unknown as RecheckDeps['stripe'], runSoon: () => {} }
  await backfill(deps, account)
  return asked
}

const instances = async () =>
  (
    await database.rows(
      "SELECT id, seq, external_id FROM instances WHERE machine <> 'account' ORDER BY machine, id",
    )
  ).map(({ id, seq, external_id }) => [id, seq, external_id])

it('backfill reads both lists, from an hour before the account was known', async () => {
  const asked = await backfillFrom({
    payments: [[payment('pi_1'), payment('pi_2')], [payment('pi_3')]],
    payouts: [[payout('po_1')]],
  })
  const first = { limit: 100, created: { gte: created - 3_600 } }
  expect(asked).toEqual([
    ['payments', account, first],
    ['payments', account, { ...first, starting_after: 'pi_2' }],
    ['payouts', account, first],
  ])
  expect(await instances()).toEqual(['pi_1', 'pi_2', 'pi_3', 'po_1'].map((id) => [id, 1, null]))
})

it('backfill reads at most five pages of each list', async () => {
  const pages = Array.from({ length: 7 }, (_, page) => [payment(`pi_${page}`)])
  expect(await backfillFrom({ payments: pages, payouts: [[]] })).toHaveLength(6)
  expect(await instances()).toHaveLength(5)
})

it('backfill leaves known objects alone', async () => {
  const lists = { payments: [[payment('pi_1')]], payouts: [[payout('po_1')]] }
  await backfillFrom(lists)
  await backfillFrom({ ...lists, payments: [[payment('pi_2'), { ...payment('pi_1'), status: 'canceled' }]] })
  expect(await instances()).toEqual(['pi_1', 'pi_2', 'po_1'].map((id) => [id, 1, null]))
})

it('backfill gives an object the external id of the request that made it', async () => {
  await backfillFrom({ payments: [[payment('pi_1', { gatehouse_request: 'web:1' })]], payouts: [[]] })
  expect(await instances()).toEqual([['pi_1', 1, `${account}:web:1`]])
})

it('backfill makes no call while the account is disconnected again, so that the effect can finish', async () => {
  await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
  await gatehouse.settle()
  expect(await backfillFrom({ payments: [[payment('pi_1')]], payouts: [[]] })).toEqual([])
})

it('backfill makes no call for an unknown account', async () => {
  await database.client.execute('DELETE FROM instances')
  expect(await backfillFrom({ payments: [[payment('pi_1')]], payouts: [[]] })).toEqual([])
})
