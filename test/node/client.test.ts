/** The typed client that `src/client.ts` makes of the routes: what compiles is what answers. */
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest'
import { answer, gatehouse as typed, Refusal, type Client } from '../../src/client.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let api: Client
const waits: number[] = []

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  api = typed({
    url: gatehouse.config.publicUrl,
    key: gatehouse.key,
    fetch: (input, init) => gatehouse.fetch(new Request(input, init)),
    wait: async (ms) => void waits.push(ms),
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

it('charges in three lines, and reads what the types say is there', async () => {
  const { account } = await anEnabledMerchant(gatehouse)
  const payment = await answer(
    api.v1.accounts[':account'].payments.$post({
      param: { account },
      header: { 'idempotency-key': 'order-1' },
      json: { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
    }),
  )
  expect(payment).toMatchObject({ status: 'succeeded', amount: 1000, stripe_account: account })
  expectTypeOf(payment.fee).toEqualTypeOf<'none' | 'pending' | 'collected' | 'refunded'>()
  expectTypeOf(payment.client_secret).toEqualTypeOf<string | null>()

  const refund = await answer(
    api.v1.accounts[':account'].payments[':payment'].refunds.$post({
      param: { account, payment: payment.id },
      header: { 'idempotency-key': 'refund-1' },
      json: { amount: 400 },
    }),
  )
  expect(refund).toMatchObject({ payment: payment.id, amount: 400 })
  const { data } = await answer(
    api.v1.accounts[':account'].payments.$get({ param: { account }, query: { limit: '1' } }),
  )
  expect(data).toMatchObject([{ id: payment.id, refund: 'partial', amount_refundable: 600 }])
})

it('throws what the API refuses, by its code and with what it says', async () => {
  const refused = answer(api.v1.accounts[':account'].$get({ param: { account: 'acct_nobody' } }))
  await expect(refused).rejects.toMatchObject({
    name: 'Refusal',
    status: 404,
    code: 'account_not_found',
    problem: { account: 'acct_nobody' },
  })
  await expect(refused).rejects.toBeInstanceOf(Refusal)
})

it('sends a request again, under its key, where the answer says that this is safe', async () => {
  const { account, atStripe } = await anEnabledMerchant(gatehouse)
  waits.length = 0
  const route = 'POST /v1/payment_intents'
  await gatehouse.sim('POST', '/_sim/faults', { route, account, after_commit: true, times: 2 })
  const payment = await answer(
    api.v1.accounts[':account'].payments.$post({
      param: { account },
      header: { 'idempotency-key': 'order-2' },
      json: { amount: 1000, currency: 'usd' },
    }),
  )
  expect(waits).toEqual([2000])
  expect(await atStripe('payment_intents')).toMatchObject([{ id: payment.id }])
})
