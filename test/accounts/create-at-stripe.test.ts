import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

it('a creation recorded before `lost_at` existed is searched for once Stripe may have forgotten its key', async () => {
  const create = () =>
    gatehouse.call('POST', '/v1/accounts', {
      body: { external_id: 'shop-1', country: 'US' },
      idempotencyKey: crypto.randomUUID(),
    })
  await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
  const route = 'POST /v1/accounts'
  await gatehouse.sim('POST', '/_sim/faults', { route, after_commit: true, times: 2 })
  expect((await create()).status).toBe(502)
  const dayAgo = Date.now() - 25 * 3_600_000
  await database.rows('UPDATE creations SET lost_at = 0, sent_at = ?, since = ?', [dayAgo, dayAgo])
  await gatehouse.sim('POST', '/_sim/faults', { route, times: 10, status: 400, message: 'sent again' })
  expect((await create()).status).toBe(201)
})
