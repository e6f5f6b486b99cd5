/** `POST /v1/accounts` under random faults, concurrent requests and waits. */
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

const A_SHOP = { external_id: 'shop-1', email: 'shop@example.com', metadata: { plan: 'pro' } }

let database: TestDatabase

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

/** Faults after which Stripe may have created the account. */
const MAYBE_CREATED = [
  { after_commit: true },
  { after_commit: true, truncate: true },
  { after_commit: true, status: 500 },
]
/** Faults after which Stripe has created nothing. */
const NOT_CREATED = [
  { reset: true },
  { truncate: true },
  { status: 500 },
  { status: 500, stored: true },
  { status: 502, html: true },
  { status: 429 },
  { status: 400, message: 'Not yet.' },
  { status: 400, message: 'Not yet.', stored: true },
]
const aFault = fc.record({
  route: fc.oneof(
    { weight: 3, arbitrary: fc.constant('POST /v1/accounts') },
    { weight: 1, arbitrary: fc.constantFrom('GET /v1/accounts', '*') },
  ),
  how: fc.oneof(fc.constantFrom<object>(...MAYBE_CREATED), fc.constantFrom<object>(...NOT_CREATED)),
  times: fc.integer({ min: 1, max: 3 }),
})
const anAttempt = fc.record({
  faults: fc.array(aFault, { minLength: 1, maxLength: 2 }),
  idempotencyKey: fc.constantFrom('a', 'b'),
  together: fc.integer({ min: 1, max: 2 }),
  webhooks: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  wait: fc.oneof(fc.constantFrom(0, 1_000, 60_000, 180_000), fc.constant(25 * 3_600_000)),
})

describe('a series of faulty requests for one external_id', () => {
  test.prop([fc.array(anAttempt, { minLength: 1, maxLength: 5 })], { numRuns: runs(12, 500), seed: SEED })(
    'creates exactly one account',
    async (attempts) => {
      let clockOffset = 0
      const now = () => Date.now() + clockOffset
      await database.clear()
      const { call, sim, settle } = await startGatehouse(database, { now, simulator: { now } })
      const create = (idempotencyKey: string) =>
        call('POST', '/v1/accounts', { body: A_SHOP, idempotencyKey })
      for (const { faults, idempotencyKey, together, webhooks, wait } of attempts) {
        // oxlint-disable no-await-in-loop
        for (const { route, how, times } of faults)
          await sim('POST', '/_sim/faults', { route, times, ...how })
        await Promise.all(Array.from({ length: together }, () => create(idempotencyKey)))
        await sim('DELETE', '/_sim/faults')
        if (webhooks) await settle()
        clockOffset += wait
        // oxlint-enable no-await-in-loop
      }
      clockOffset += 180_000
      let last = await create('a')
      if (last.status >= 500) last = await create('a')
      await settle()
      const { data: created } = await sim('GET', '/v1/accounts?limit=100')
      expect(created).toHaveLength(1)
      expect([last.body['id'], last.body['account']]).toContain(created[0].id)
      const named = await database.rows("SELECT id FROM instances WHERE external_id = 'shop-1'")
      expect(named).toMatchObject([{ id: created[0].id }])
    },
    TIMEOUT,
  )
})
