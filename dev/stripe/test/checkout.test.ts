import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { type TestSimulator, failure, testSimulator } from './test-simulator.ts'

const ITEM = {
  quantity: 2,
  price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Difference engine' } },
}
const PARAMS: Stripe.Checkout.SessionCreateParams = {
  mode: 'payment',
  line_items: [ITEM],
  success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/cart',
  metadata: { order: '7' },
  payment_intent_data: { application_fee_amount: 200, metadata: { order: '7' } },
}

/**
 * https://docs.stripe.com/api/checkout/sessions
 * https://docs.stripe.com/payments/checkout/how-checkout-works
 */
describe('Checkout sessions', () => {
  it('a session is open for a day and has no payment until the first attempt', async () => {
    const { session, b } = await open()
    expect(session).toMatchObject({
      object: 'checkout.session',
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 3000,
      currency: 'usd',
      payment_intent: null,
      expires_at: b.clock.ms / 1000 + 86_400,
      ui_mode: 'hosted_page',
    })
  })

  it('the buyer pays on the page and is redirected to success_url', async () => {
    const { session, b, stripeAccount, pay } = await open()
    const response = await pay({ number: '4242 4242 4242 4242', email: 'b@example.com', name: 'B' })
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      `https://shop.example/done?session=${session.id}`,
    ])
    const done = await b.stripe.checkout.sessions.retrieve(
      session.id,
      { expand: ['payment_intent', 'line_items'] },
      { stripeAccount },
    )
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      customer_details: { email: 'b@example.com' },
      payment_intent: {
        status: 'succeeded',
        amount: 3000,
        application_fee_amount: 200,
        metadata: { order: '7' },
      },
      line_items: { data: [{ amount_total: 3000, description: 'Difference engine' }] },
    })
    expect(await b.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
  })

  it('a declined session stays open, and its page shows the reason', async () => {
    const { session, b, stripeAccount, pay } = await open()
    const response = await pay({ number: '4000000000009995' })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('Your card has insufficient funds.')
    expect((await b.stripe.checkout.sessions.retrieve(session.id, {}, { stripeAccount })).status).toBe('open')
    await pay({ number: '4242424242424242' })
    expect((await b.stripe.paymentIntents.list({}, { stripeAccount })).data).toMatchObject([
      { status: 'succeeded' },
    ])
  })

  it('the buyer authenticates at the bank, and the session completes', async () => {
    const { session, b, stripeAccount, pay } = await open()
    const response = await pay({ number: '4000002760003184' })
    const bank = new URL(response.headers.get('location') ?? '')
    expect(bank.pathname).toContain('/authenticate/')
    await b.request(bank.pathname, { method: 'POST', body: new URLSearchParams({ outcome: 'complete' }) })
    expect(await b.stripe.checkout.sessions.retrieve(session.id, {}, { stripeAccount })).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
    })
  })

  it('a session with a bank debit completes before its payment succeeds or fails', async () => {
    const { session, b, stripeAccount, pay } = await open()
    await pay({ method: 'bank' })
    expect(await b.stripe.checkout.sessions.retrieve(session.id, {}, { stripeAccount })).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    })
    await b.types()
    await b.simulator.advance(60)
    expect(await b.types()).toEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.async_payment_succeeded',
      'application_fee.created',
    ])
  })

  it('a session expires by time or by call, and then accepts no payment', async () => {
    const first = await open()
    await first.b.types()
    await first.b.simulator.advance(86_400)
    expect(await first.b.types()).toEqual(['checkout.session.expired'])
    expect((await first.pay({ number: '4242424242424242' })).status).toBe(410)
    const { session, b, stripeAccount } = await open()
    expect(await b.stripe.checkout.sessions.expire(session.id, {}, { stripeAccount })).toMatchObject({
      status: 'expired',
    })
    expect(await failure(b.stripe.checkout.sessions.expire(session.id, {}, { stripeAccount }))).toMatchObject(
      { statusCode: 400 },
    )
  })

  it("a session's payment cannot be canceled, but expiring the session cancels it", async () => {
    const { session, b, stripeAccount, pay } = await open()
    await pay({ number: '4000000000009995' })
    const [intent] = (await b.stripe.paymentIntents.list({}, { stripeAccount })).data
    const id = intent?.id ?? ''
    expect(await failure(b.stripe.paymentIntents.cancel(id, {}, { stripeAccount }))).toMatchObject({
      statusCode: 400,
      message: 'You cannot perform this action on PaymentIntents created by Checkout.',
    })
    await b.types()
    await b.stripe.checkout.sessions.expire(session.id, {}, { stripeAccount })
    expect(await b.types()).toEqual(['checkout.session.expired', 'payment_intent.canceled'])
    expect((await b.stripe.paymentIntents.retrieve(id, {}, { stripeAccount })).status).toBe('canceled')
  })

  it('refuses what Stripe refuses', async () => {
    const b = testSimulator()
    const stripeAccount = (await b.enabledAccount()).id
    const create = (over: object) =>
      failure(b.stripe.checkout.sessions.create({ ...PARAMS, ...over }, { stripeAccount }))
    const now = b.clock.ms / 1000
    expect(await create({ success_url: undefined })).toMatchObject({
      code: 'parameter_missing',
      param: 'success_url',
    })
    expect(await create({ ui_mode: 'embedded_page' })).toMatchObject({ param: 'success_url' })
    expect(await create({ expires_at: now + 60 })).toMatchObject({ param: 'expires_at' })
    expect(await create({ line_items: [{ price: 'price_of_the_platform', quantity: 1 }] })).toMatchObject({
      code: 'resource_missing',
    })
    expect(await create({ payment_intent_data: { application_fee_amount: 3000 } })).toMatchObject({
      param: 'application_fee_amount',
    })
    await b.control(`POST /_sim/accounts/${stripeAccount}`, { charges_enabled: false })
    expect(await create({})).toMatchObject({ type: 'StripeInvalidRequestError' })
  })
})

async function open() {
  const b: TestSimulator = testSimulator()
  const stripeAccount = (await b.enabledAccount()).id
  const session = await b.stripe.checkout.sessions.create(PARAMS, { stripeAccount })
  const path = new URL(session.url ?? '').pathname
  const pay = (fields: Record<string, string>) =>
    b.request(path, { method: 'POST', body: new URLSearchParams(fields) })
  return { b, stripeAccount, session, pay }
}
