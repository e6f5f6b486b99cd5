/** A caller who is not let in makes the database read no row but the key's own, and only once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeApiKey } from '../../src/http/api-key.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { databaseMeter, type DatabaseMeter } from '../support/database-meter.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { aKey, forgedKey } from '../support/keys.ts'

const ACCOUNTS = 2_000

let database: TestDatabase
let gatehouse: Gatehouse
let meter: DatabaseMeter

beforeAll(async () => {
  database = await startDatabase()
  meter = databaseMeter(database.url)
  gatehouse = await startGatehouse(database, { fetch: meter.fetch })
  await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-0' } })
  await database.client.execute({
    sql: `INSERT INTO instances (machine, id, account, seq, version, value, context, created_at, updated_at)
          WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
          SELECT 'account', 'acct_' || n, 'acct_' || n, 1, version,
                 '{"connection":"connected","onboarding":"enabled","charges":"active","payouts":"on","hold":"none"}',
                 context, n, n
          FROM numbers, instances
          WHERE instances.external_id = 'shop-0'`,
    args: [ACCOUNTS],
  })
  await gatehouse.settle()
})
afterAll(() => database.stop())

const PATHS = [
  '/v1/accounts?charges=pending',
  '/v1/accounts?charges=pending&payouts=on&external_id=shop-1',
  '/v1/accounts?charges=active',
  '/v1/accounts',
  '/v1/overview',
  '/v1/events?type=account.updated',
  '/v1/effects',
]

describe.each(PATHS)('GET %s', (path) => {
  it('reads no row but the key’s own for a forged key', async () => {
    const key = forgedKey(gatehouse.key)
    const { result, cost } = await meter.measure(() => gatehouse.call('GET', path, { key }))
    expect(result).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(cost.trips).toBe(1)
    expect(cost.rowsRead).toBeLessThanOrEqual(cost.statements)
  })

  it('reads no row at all for an unknown key', async () => {
    const { result, cost } = await meter.measure(() =>
      gatehouse.call('GET', path, { key: makeApiKey(false).key }),
    )
    expect(result.status).toBe(401)
    expect(cost).toMatchObject({ trips: 1, rowsRead: 0 })
  })

  it('reads no row but the key’s own for a key without the scope', async () => {
    const key = await aKey(database, ['payouts:write'])
    const { result, cost } = await meter.measure(() => gatehouse.call('GET', path, { key }))
    expect(result).toMatchObject({ status: 403, body: { code: 'missing_scope' } })
    expect(cost.rowsRead).toBeLessThanOrEqual(cost.statements)
  })
})

describe('a list of accounts', () => {
  it.each([
    'charges=pending&payouts=on',
    'onboarding=enabled&charges=active',
    'onboarding=created&payouts=off',
  ])('refuses ?%s with the reason, because no index serves it', async (filters) => {
    const { result, cost } = await meter.measure(() => gatehouse.call('GET', `/v1/accounts?${filters}`))
    expect(result).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(result.body['detail']).toContain('cannot be combined with')
    expect(cost.rowsRead).toBeLessThanOrEqual(cost.statements)
  })

  it.each([
    'charges=pending',
    'payouts=failing',
    'onboarding=enabled&limit=5',
    'limit=5',
    'external_id=shop-1&charges=active&payouts=on',
  ])('with ?%s reads the rows it answers with, and at most three more', async (filters) => {
    const { result, cost } = await meter.measure(() => gatehouse.call('GET', `/v1/accounts?${filters}`))
    expect(result.status).toBe(200)
    // The key's row twice, and the row that tells of another page.
    expect(cost.rowsRead).toBeLessThanOrEqual(result.body['data'].length + 3)
  })
})

it('a read that timed out is not sent again, because its caller may be anybody', async () => {
  let sent = 0
  const hanging = gatehouse.process({
    databaseDeadlineMs: 50,
    fetch: () => (_, init) => {
      sent += 1
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
      })
    },
  })
  const answer = await gatehouse.call('GET', '/v1/accounts', {
    key: forgedKey(gatehouse.key),
    through: hanging.fetch,
  })
  expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
  expect(sent).toBe(1)
})
