/** The typed client of `src/client.ts`: its types match the routes, its errors are typed, and it retries safely. */
import { answer, gatehouse as typed, Refusal, type Client } from 'gatehouse/client'
import type { InferRequestType, InferResponseType } from 'hono/client'
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest'
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

it('creates an account, gets an onboarding link and reads the status, all with checked types', async () => {
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

  const response = await api.v1.accounts[':account'].status.$get({ param: { account: id } })
  if (response.status !== 200) throw new Error('the account has no status')
  const status = await response.json()
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

it('an unknown field or path does not compile', () => {
  // @ts-expect-error There is no such field.
  void (() => api.v1.accounts.$post({ header: { 'idempotency-key': '1' }, json: { name: 'shop' } }))
  // @ts-expect-error There is no such path.
  expect(() => api.v1.merchants.$get).not.toThrow()
})

it('request and response types of payment routes are the server’s schemas', () => {
  type Payments = Client['v1']['accounts'][':account']['payments']
  type Payment = Payments[':payment']
  type Sessions = Client['v1']['accounts'][':account']['checkout_sessions']
  type Sent<T> = InferRequestType<T> extends { json: infer Body } ? Body : never
  type Received<T> = InferResponseType<T>

  expectTypeOf<Sent<Payments['$post']>>().toEqualTypeOf<z.input<typeof CreatePayment>>()
  expectTypeOf<Received<Payments['$post']>>().toEqualTypeOf<CreatedPayment>()
  expectTypeOf<Received<Payment['$get']>>().toEqualTypeOf<PaymentBody>()
  expectTypeOf<Sent<Payment['capture']['$post']>>().toEqualTypeOf<CapturePayment>()
  expectTypeOf<Received<Payment['capture']['$post']>>().toEqualTypeOf<PaymentBody>()
  expectTypeOf<Received<Payment['cancel']['$post']>>().toEqualTypeOf<PaymentBody>()
  expectTypeOf<Sent<Payment['refunds']['$post']>>().toEqualTypeOf<CreateRefund>()
  expectTypeOf<Received<Payment['refunds']['$post']>>().toEqualTypeOf<RefundBody>()
  expectTypeOf<Sent<Sessions['$post']>>().toEqualTypeOf<z.input<typeof CreateCheckoutSession>>()
  expectTypeOf<Received<Sessions['$post']>>().toEqualTypeOf<CheckoutSessionBody>()
})

it('creates a payment, refunds a part of it and lists it, with the types of the responses', async () => {
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

it('throws an error response as a Refusal with its code and problem', async () => {
  const refused = answer(api.v1.accounts[':account'].$get({ param: { account: 'acct_nobody' } }))
  await expect(refused).rejects.toMatchObject({
    name: 'Refusal',
    status: 404,
    code: 'account_not_found',
    problem: { account: 'acct_nobody' },
  })
  await expect(refused).rejects.toBeInstanceOf(Refusal)
})

it('a Refusal of a closed gate has the blockers with who must act', async () => {
  const { account } = await anEnabledMerchant(gatehouse)
  await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'looks odd' } })
  const pay = api.v1.accounts[':account'].payments.$post({
    param: { account },
    header: { 'idempotency-key': 'order-5' },
    json: { amount: 1000, currency: 'usd' },
  })
  const refused = await answer(pay).catch((error: unknown) => error)
  if (!(refused instanceof Refusal)) throw new Error('the payment was not refused')
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

it('retries under the same key if the request or its response is lost', async () => {
  const { account, atStripe } = await anEnabledMerchant(gatehouse)
  waits.length = 0
  const losses = ['request', 'response']
  const unreliable = typed({
    ...inProcess,
    key: gatehouse.key,
    fetch: async (input, init) => {
      const lost = losses.shift()
      if (lost === 'request') throw new TypeError('fetch failed')
      const response = await gatehouse.fetch(new Request(input, init))
      if (lost === 'response') throw new TypeError('fetch failed')
      return response
    },
  })
  const pay = (header: { 'idempotency-key'?: string }) =>
    answer(
      unreliable.v1.accounts[':account'].payments.$post({
        param: { account },
        header,
        json: { amount: 1000, currency: 'usd' },
      }),
    )
  const { id } = await pay({ 'idempotency-key': 'order-3' })
  expect(waits).toEqual([1000, 1000])
  expect(await atStripe('payment_intents')).toMatchObject([{ id }])

  losses.push('request')
  await expect(pay({}), 'a POST without a key is not retried').rejects.toThrow('fetch failed')
  losses.push('request')
  const aborted = unreliable.v1.accounts.$get({ query: {} }, { init: { signal: AbortSignal.abort() } })
  await expect(aborted, 'an aborted request is not retried').rejects.toThrow('fetch failed')
  expect(waits).toHaveLength(2)
})

it('retries under the same key after the response’s Retry-After', async () => {
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
