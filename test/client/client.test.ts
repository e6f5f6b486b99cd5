/** The typed client that `src/client.ts` makes of the routes: what compiles is what answers. */
import { answer, gatehouse as typed, Refusal, type Client } from 'gatehouse/client'
import type { InferRequestType, InferResponseType } from 'hono/client'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type {
  CapturePayment,
  CreatedPayment,
  CreatePayment,
  CreateRefund,
  PaymentBody,
  RefundBody,
} from '../../src/payments/schemas.ts'
import type { CheckoutSessionBody, CreateCheckoutSession } from '../../src/payments/checkout-schemas.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let api: Client
let inProcess: Omit<Parameters<typeof typed>[0], 'key'>
const waits: number[] = []

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  inProcess = {
    url: gatehouse.config.publicUrl,
    fetch: (input, init) => gatehouse.fetch(new Request(input, init)),
    wait: async (ms) => void waits.push(ms),
  }
  api = typed({ ...inProcess, key: gatehouse.key })
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

describe('the types of what is sent and answered', () => {
  type Payments = Client['v1']['accounts'][':account']['payments']
  type One = Payments[':payment']
  type Sent<T extends (args: any) => Promise<any>> = InferRequestType<T>['json']
  type Got<T extends (args: any) => Promise<any>> = InferResponseType<T>

  it('are the schemas of the server, for everything that is done with payments', () => {
    expectTypeOf<Sent<Payments['$post']>>().toEqualTypeOf<z.input<typeof CreatePayment>>()
    expectTypeOf<Got<Payments['$post']>>().toEqualTypeOf<CreatedPayment>()
    expectTypeOf<Got<One['$get']>>().toEqualTypeOf<PaymentBody>()
    expectTypeOf<Sent<One['capture']['$post']>>().toEqualTypeOf<CapturePayment>()
    expectTypeOf<Got<One['capture']['$post']>>().toEqualTypeOf<PaymentBody>()
    expectTypeOf<Got<One['cancel']['$post']>>().toEqualTypeOf<PaymentBody>()
    expectTypeOf<Sent<One['refunds']['$post']>>().toEqualTypeOf<CreateRefund>()
    expectTypeOf<Got<One['refunds']['$post']>>().toEqualTypeOf<RefundBody>()
    type Sessions = Client['v1']['accounts'][':account']['checkout_sessions']
    expectTypeOf<Sent<Sessions['$post']>>().toEqualTypeOf<z.input<typeof CreateCheckoutSession>>()
    expectTypeOf<Got<Sessions['$post']>>().toEqualTypeOf<CheckoutSessionBody>()
  })
})

it('makes a payment, gives a part back, and reads what the types say is there', async () => {
  const { account } = await anEnabledMerchant(gatehouse)
  const payment = await answer(
    api.v1.accounts[':account'].payments.$post({
      param: { account },
      header: { 'idempotency-key': 'order-2' },
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

it('throws a closed gate with its blockers, which say whose move it is', async () => {
  const { account } = await anEnabledMerchant(gatehouse)
  await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'looks odd' } })
  const pay = api.v1.accounts[':account'].payments.$post({
    param: { account },
    header: { 'idempotency-key': 'order-5' },
    json: { amount: 1000, currency: 'usd' },
  })
  const refused = await answer(pay).catch((error: unknown) => error)
  if (!(refused instanceof Refusal)) throw new Error('it was not refused')
  expect(refused).toMatchObject({
    code: 'gate_closed',
    blockers: [
      { code: 'operator_hold', actor: 'operator', detail: 'An operator holds the account: looks odd' },
    ],
  })
  expectTypeOf(refused.blockers[0]?.actor).toEqualTypeOf<
    'merchant' | 'stripe' | 'platform' | 'operator' | 'nobody' | undefined
  >()
})

it('sends a request again, under its key, where it or its answer got lost on the way', async () => {
  const { account, atStripe } = await anEnabledMerchant(gatehouse)
  waits.length = 0
  const lost = ['before', 'after']
  const frail = typed({
    ...inProcess,
    key: gatehouse.key,
    fetch: async (input, init) => {
      const when = lost.shift()
      if (when === 'before') throw new TypeError('fetch failed')
      const response = await gatehouse.fetch(new Request(input, init))
      if (when === 'after') throw new TypeError('fetch failed')
      return response
    },
  })
  const pay = (header: { 'idempotency-key'?: string }) =>
    answer(
      frail.v1.accounts[':account'].payments.$post({
        param: { account },
        header,
        json: { amount: 1000, currency: 'usd' },
      }),
    )
  const { id } = await pay({ 'idempotency-key': 'order-3' })
  expect(waits).toEqual([1000, 1000])
  expect(await atStripe('payment_intents')).toMatchObject([{ id }])

  lost.push('before')
  await expect(pay({}), 'without a key nobody knows').rejects.toThrow('fetch failed')
  lost.push('before')
  const givenUp = frail.v1.accounts.$get({ query: {} }, { init: { signal: AbortSignal.abort() } })
  await expect(givenUp, 'nobody waits for it any more').rejects.toThrow('fetch failed')
  expect(waits).toHaveLength(2)
})

it('sends a request again, under its key, where the answer says that this is safe', async () => {
  const { account, atStripe } = await anEnabledMerchant(gatehouse)
  waits.length = 0
  const route = 'POST /v1/payment_intents'
  await gatehouse.sim('POST', '/_sim/faults', { route, account, after_commit: true, times: 2 })
  const payment = await answer(
    api.v1.accounts[':account'].payments.$post({
      param: { account },
      header: { 'idempotency-key': 'order-4' },
      json: { amount: 1000, currency: 'usd' },
    }),
  )
  expect(waits).toEqual([2000])
  expect(await atStripe('payment_intents')).toMatchObject([{ id: payment.id }])
})
