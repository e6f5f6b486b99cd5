import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks, releaseWebhooks } from '../support/hold-webhooks.ts'
import { AN_ORDER, anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  merchant = await anEnabledMerchant(gatehouse, { fee_policy: { bps: 1000 } })
})
afterAll(() => database.stop())

const lineItem = (price_data: object, quantity = 1) => ({
  price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Tea' }, ...price_data },
  quantity,
})
const payIn = async (session: string, number = '4242424242424242') =>
  gatehouse.simulator.fetch(
    new Request(`http://stripe.test/c/pay/${session}`, {
      method: 'POST',
      body: new URLSearchParams({ method: 'card', number }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  )
const payments = async () =>
  (await gatehouse.call('GET', `/v1/accounts/${merchant.account}/payments`)).body['data']

describe('a Checkout Session', () => {
  it('costs two round trips and one call to Stripe', async () => {
    const { result, trips } = await gatehouse.counting(() => merchant.checkout())
    expect(result).toMatchObject({
      status: 201,
      body: { account: merchant.account, url: expect.stringContaining('/c/pay/cs_'), amount: 3000 },
    })
    expect(trips).toEqual({ libsql: 2, stripe: 1 })
  })

  it('becomes a payment when the customer pays, with the fee and the external id of the request', async () => {
    const before = (await payments()).length
    const session = await merchant.checkout(
      { metadata: { order: '7' }, application_fee_amount: 123 },
      { idempotencyKey: 'order-7' },
    )
    await gatehouse.settle()
    expect(await payments()).toHaveLength(before)
    await payIn(session.body['id'])
    await gatehouse.simulator.advance(5)
    await gatehouse.settle()
    const [payment] = await payments()
    expect(payment).toMatchObject({
      status: 'succeeded',
      amount: 3000,
      application_fee_amount: 123,
      fee: 'collected',
      checkout_session: session.body['id'],
    })
    const stored = await database.rows('SELECT external_id FROM instances WHERE id = ?', [payment.id])
    expect(stored[0]?.['external_id']).toMatch(/:order-7$/)
    const [intent] = await merchant.atStripe('payment_intents')
    expect(intent.metadata).toMatchObject({ order: '7' })
  })

  it.each([
    ['by the account’s policy if the request names none', {}, 300],
    ['of null, never 0, if the request says 0', { application_fee_amount: 0 }, null],
  ])('takes a fee %s', async (_, body, fee) => {
    const session = await merchant.checkout(body)
    await payIn(session.body['id'])
    await gatehouse.settle()
    expect((await payments())[0]).toMatchObject({
      application_fee_amount: fee,
      fee: fee ? 'pending' : 'none',
    })
    expect((await merchant.atStripe('payment_intents'))[0]).toMatchObject({ application_fee_amount: fee })
  })

  it('is created once when Stripe’s answer is lost', async () => {
    const sessions = async () => (await merchant.atStripe('checkout/sessions')).length
    const before = await sessions()
    const make = () => merchant.checkout({}, { idempotencyKey: 'lost' })
    await gatehouse.sim('POST', '/_sim/faults', {
      route: 'POST /v1/checkout/sessions',
      after_commit: true,
      times: 2,
    })
    expect((await make()).status).toBe(502)
    const made = await make()
    expect(made.status).toBe(201)
    const again = await make()
    expect(again.body).toEqual(made.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await sessions()).toBe(before + 1)
  })

  it.each([
    [
      'a sum that is too small',
      { line_items: [lineItem({ unit_amount: 49 })] },
      'line_items',
      'amount_too_small',
    ],
    [
      'a sum that is too large',
      { line_items: [lineItem({ unit_amount: 99_999_999 }, 2)] },
      'line_items',
      'amount_too_large',
    ],
    [
      'two currencies',
      { line_items: [lineItem({}), lineItem({ currency: 'eur' })] },
      'line_items',
      'currency_mixed',
    ],
    [
      'a price that is no multiple of 10 fils, with a sum that is',
      { line_items: [lineItem({ currency: 'kwd', unit_amount: 1005 }, 2)] },
      'line_items.0.price_data.unit_amount',
      'amount_not_whole',
    ],
    [
      'a fee as large as the sum',
      { application_fee_amount: 3000 },
      'application_fee_amount',
      'fee_exceeds_amount',
    ],
  ])('with %s is refused, and the answer names the rule', async (_, body, path, rule) => {
    const { result, trips } = await gatehouse.counting(() => merchant.checkout(body))
    expect(result).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ path, rule }] } })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it.each(['success_url', 'cancel_url'])('with a %s of another origin is refused', async (field) => {
    const { result, trips } = await gatehouse.counting(() =>
      merchant.checkout({ [field]: 'https://elsewhere.example.org/' }),
    )
    expect(result).toMatchObject({
      status: 422,
      body: { errors: [{ path: field, message: 'must have an allowed origin' }] },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('is refused while the charge gate is closed', async () => {
    const { account } = merchant
    await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'test' } })
    expect(await merchant.checkout()).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', gate: 'charge', blockers: [{ code: 'operator_hold' }] },
    })
    await gatehouse.call('POST', `/v1/accounts/${account}/release`, { body: { reason: 'test' } })
  })

  describe('whose customer left after a decline', () => {
    async function abandoned(): Promise<{ session: string; id: string }> {
      const session = (await merchant.checkout()).body['id']
      expect((await payIn(session, '4000000000009995')).status).toBe(422)
      await gatehouse.settle()
      const [payment] = await payments()
      expect(payment).toMatchObject({
        status: 'requires_payment_method',
        last_error: { code: 'card_declined', decline_code: 'insufficient_funds' },
        fee: 'pending',
        checkout_session: null,
        commands: ['cancel'],
      })
      return { session, id: payment.id }
    }
    const expiredWith = (session: string) => ({
      status: 'canceled',
      fee: 'none',
      checkout_session: session,
      commands: [],
    })

    it('expires after a day, and its payment is canceled', async () => {
      const { session, id } = await abandoned()
      await gatehouse.sim('POST', '/_sim/clock', { advance_s: 86_400 })
      await gatehouse.settle()
      expect((await merchant.read(id)).body).toMatchObject(expiredWith(session))
    })

    it('expires when its payment is canceled, and a replay gets the same answer', async () => {
      const { session, id } = await abandoned()
      const cancel = () => merchant.command(id, 'cancel', {}, { idempotencyKey: `cancel-${id}` })
      expect(await cancel()).toMatchObject({ status: 200, body: { status: 'canceled', commands: [] } })
      const again = await cancel()
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      await gatehouse.settle()
      expect((await merchant.read(id)).body).toMatchObject(expiredWith(session))
      expect((await payIn(session)).status).toBe(410)
    })

    it('is expired once when the answer of the expiry is lost', async () => {
      const { session, id } = await abandoned()
      const route = 'POST /v1/checkout/sessions/{id}/expire'
      await gatehouse.sim('POST', '/_sim/faults', { route, after_commit: true, times: 2 })
      const cancel = () => merchant.command(id, 'cancel', {}, { idempotencyKey: `cancel-${id}` })
      expect(await cancel()).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })
      expect(await cancel()).toMatchObject({ status: 200, body: { status: 'canceled' } })
      await gatehouse.settle()
      expect((await merchant.read(id)).body).toMatchObject(expiredWith(session))
    })

    it('cannot be canceled once the customer has paid, even before the webhook', async () => {
      const { session, id } = await abandoned()
      await holdWebhooks(gatehouse)
      await payIn(session)
      expect(await merchant.command(id, 'cancel')).toMatchObject({
        status: 409,
        body: { code: 'payment_state_conflict', state: { payment: 'succeeded' } },
      })
      await releaseWebhooks(gatehouse)
    })
  })

  it('ends as at Stripe when its events arrive shuffled and twice', async () => {
    await holdWebhooks(gatehouse)
    const session = await gatehouse.call('POST', `/v1/accounts/${merchant.account}/checkout_sessions`, {
      body: { ...AN_ORDER, application_fee_amount: 50 },
    })
    await payIn(session.body['id'])
    await gatehouse.simulator.advance(5)
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false, shuffle: true, duplicate: 1, seed: 7 })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.settle()
    expect((await payments())[0]).toMatchObject({
      status: 'succeeded',
      fee: 'collected',
      application_fee_amount: 50,
      checkout_session: session.body['id'],
    })
    await gatehouse.sim('POST', '/_sim/delivery', { shuffle: false, duplicate: 0 })
  })
})
