/** The typed client that `src/client.ts` makes of the routes: what compiles is what answers. */
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest'
import { gatehouse as typed, type Client } from '../../src/client.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let api: Client

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  api = typed({
    url: gatehouse.config.publicUrl,
    key: gatehouse.key,
    fetch: (input, init) => gatehouse.fetch(new Request(input, init)),
  })
})
afterAll(() => database.stop())

it('makes an account, sends its holder off and reads its state, by names that are checked', async () => {
  const created = await api.v1.accounts.$post({
    header: { 'idempotency-key': '1' },
    json: { external_id: 'shop-1', fee_policy: { bps: 100 } },
  })
  expect(created.status).toBe(201)
  const { id } = await created.json()

  const link = await api.v1.accounts[':account'].onboarding_links.$post({
    param: { account: id },
    header: { 'idempotency-key': '2' },
    json: { return_to: 'https://app.example.com/' },
  })
  const { url, expires_at } = await link.json()
  expectTypeOf({ url, expires_at }).toEqualTypeOf<{ url: string; expires_at: string }>()

  const answer = await api.v1.accounts[':account'].status.$get({ param: { account: id } })
  if (answer.status !== 200) throw new Error('there is a status')
  const status = await answer.json()
  expect(status.state.onboarding).toBe('started')
  expectTypeOf(status.state.onboarding).toEqualTypeOf<
    | 'created'
    | 'started'
    | 'in_review'
    | 'enabled'
    | 'restricted_soon'
    | 'restricted'
    | 'suspended'
    | 'rejected'
  >()
})

it('does not compile with a field or a path that is not there', () => {
  // @ts-expect-error There is no such field.
  void (() => api.v1.accounts.$post({ header: { 'idempotency-key': '1' }, json: { name: 'shop' } }))
  // @ts-expect-error There is no such path.
  expect(() => api.v1.merchants.$get).not.toThrow()
})
