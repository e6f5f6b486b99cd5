import { describe, expect, it } from 'vitest'
import { failure, header, testSimulator } from './test-simulator.ts'

/**
 * https://docs.stripe.com/api/idempotent_requests
 */
describe('idempotency keys', () => {
  it('a repeated call gets the first answer and executes nothing', async () => {
    const { stripe } = testSimulator()
    const create = () => stripe.accounts.create({ email: 'a@example.com' }, { idempotencyKey: 'k1' })
    const [first, second] = [await create(), await create()]
    expect(second.id).toBe(first.id)
    expect(header(second, 'idempotent-replayed')).toBe('true')
    expect(header(second, 'original-request')).toBe(first.lastResponse.requestId)
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId)
    expect(header(first, 'idempotent-replayed')).toBeNull()
    expect((await stripe.accounts.list()).data).toHaveLength(1)
  })

  it('the order of parameters does not matter', async () => {
    const { request } = testSimulator()
    const send = (body: string) =>
      request('/v1/accounts', {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer sk_test_x', 'idempotency-key': 'k1' },
      })
    const first: unknown = await (await send('email=a@example.com&metadata[a]=1&metadata[b]=2')).json()
    const second = await send('metadata[b]=2&metadata[a]=1&email=a@example.com')
    expect(await second.json()).toEqual(first)
  })

  it('a used key with other parameters or another endpoint is refused', async () => {
    const { stripe } = testSimulator()
    await stripe.accounts.create({ email: 'a@example.com' }, { idempotencyKey: 'k1' })
    const other = stripe.accounts.create({ email: 'b@example.com' }, { idempotencyKey: 'k1' })
    expect(await failure(other)).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 })
    const elsewhere = stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'k1' })
    expect(await failure(elsewhere)).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 })
  })

  it('an error is replayed if the call was executed', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = () =>
      failure(
        stripe.paymentIntents.create(
          {
            amount: 1000,
            currency: 'usd',
            confirm: true,
            payment_method: 'pm_card_chargeDeclined',
            return_url: 'https://p.example',
          },
          { stripeAccount, idempotencyKey: 'declined' },
        ),
      )
    const [first, second] = [await pay(), await pay()]
    expect(second).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      payment_intent: { id: first.payment_intent?.id },
    })
    expect((await stripe.charges.list({}, { stripeAccount })).data).toHaveLength(1)
  })

  it('a call that was not executed leaves its key free', async () => {
    const { stripe } = testSimulator()
    const bad = stripe.accounts.create({ colour: 'blue' } as object, { idempotencyKey: 'k1' })
    expect(await failure(bad)).toMatchObject({ code: 'parameter_unknown' })
    const small = stripe.paymentIntents.create({ amount: 1, currency: 'usd' }, { idempotencyKey: 'k1' })
    expect(await failure(small)).toMatchObject({ code: 'amount_too_small' })
    expect((await stripe.accounts.create({}, { idempotencyKey: 'k1' })).object).toBe('account')
  })

  it('a second call during the first gets 409 and is not stored', async () => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/switches', { latency_ms: 30 })
    const create = () => stripe.accounts.create({}, { idempotencyKey: 'k1' })
    const [first, second] = await Promise.allSettled([create(), create()])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({
      reason: { type: 'StripeAPIError', statusCode: 409, code: 'idempotency_key_in_use' },
    })
    expect(header(await create(), 'idempotent-replayed')).toBe('true')
  })

  it('a key is removed after a day', async () => {
    const { stripe, simulator } = testSimulator()
    const create = () => stripe.accounts.create({}, { idempotencyKey: 'k1' })
    const first = await create()
    await simulator.advance(86_399)
    expect((await create()).id).toBe(first.id)
    await simulator.advance(1)
    expect((await create()).id).not.toBe(first.id)
  })

  it('a key has at most 255 characters and has no effect on GET and DELETE', async () => {
    const { stripe } = testSimulator()
    const long = stripe.accounts.create({}, { idempotencyKey: 'k'.repeat(256) })
    expect(await failure(long)).toMatchObject({ statusCode: 400 })
    await stripe.accounts.create({}, { idempotencyKey: 'k'.repeat(255) })
    const list = () => stripe.accounts.list({}, { idempotencyKey: 'same' })
    expect((await list()).data).toHaveLength(1)
    await stripe.accounts.create({})
    expect((await list()).data).toHaveLength(2)
    for (const { id } of (await list()).data) await stripe.accounts.del(id, { idempotencyKey: 'same' })
    expect((await list()).data).toHaveLength(0)
  })

  it('each account has its own keys', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const [one, two] = [(await enabledAccount()).id, (await enabledAccount()).id]
    const pay = (stripeAccount: string) =>
      stripe.paymentIntents.create(
        { amount: 1000, currency: 'usd' },
        { stripeAccount, idempotencyKey: 'order-1' },
      )
    expect((await pay(one)).id).not.toBe((await pay(two)).id)
  })
})
