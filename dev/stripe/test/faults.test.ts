import { describe, expect, it } from 'vitest'
import { client, failure, header, testSimulator } from './test-simulator.ts'

describe('injected faults', () => {
  it('a fault fails the given number of calls of its route', async () => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', status: 503, times: 2 })
    expect((await stripe.accounts.list()).data).toEqual([])
    for (let i = 0; i < 2; i++)
      expect(await failure(stripe.accounts.create({}))).toMatchObject({ statusCode: 503 })
    expect((await stripe.accounts.list()).data).toEqual([])
    expect((await stripe.accounts.create({})).object).toBe('account')
    expect((await control('GET /_sim/faults'))['data']).toEqual([])
  })

  it('a fault can select calls by pattern, account, skip and share', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const [one, two] = [(await enabledAccount()).id, (await enabledAccount()).id]
    await control('POST /_sim/faults', { route: 'GET /v1/accounts/{account}', status: 500, skip: 1 })
    await stripe.accounts.retrieve(one)
    expect(await failure(stripe.accounts.retrieve(two))).toMatchObject({ statusCode: 500 })
    await control('POST /_sim/faults', { route: '*', status: 500, account: two })
    await stripe.balance.retrieve({}, { stripeAccount: one })
    expect(await failure(stripe.balance.retrieve({}, { stripeAccount: two }))).toMatchObject({
      statusCode: 500,
    })
    await control('POST /_sim/faults', { route: 'GET /v1/balance', status: 500, share: 0.5, times: 1000 })
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => stripe.balance.retrieve()))
    const failed = results.filter(({ status }) => status === 'rejected').length
    expect(failed).toBeGreaterThan(30)
    expect(failed).toBeLessThan(70)
  })

  it.each([
    [{ status: 402, code: 'card_declined', decline_code: 'do_not_honor' }, 'StripeCardError', 402],
    [{ status: 403 }, 'StripePermissionError', 403],
    [{ status: 409 }, 'StripeAPIError', 409],
    [{ status: 424 }, 'StripeAPIError', 424],
    [
      { status: 429, code: 'lock_timeout', headers: { 'stripe-should-retry': 'true' } },
      'StripeRateLimitError',
      429,
    ],
    [{ status: 500 }, 'StripeAPIError', 500],
  ])('the fault %j fails a call', async (fault, type, statusCode) => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/faults', { route: '*', ...fault })
    expect(await failure(stripe.accounts.create({}))).toMatchObject({
      type,
      statusCode,
      ...('code' in fault ? { code: fault.code } : {}),
    })
  })

  it('a fault can answer with a proxy page, a truncated body, a reset or a timeout', async () => {
    const { stripe, control, simulator } = testSimulator()
    // stripe-node retries a reset connection once by itself.
    for (const fault of [{ status: 502, html: true }, { truncate: true }, { reset: true, times: 2 }]) {
      await control('POST /_sim/faults', { route: 'POST /v1/accounts', ...fault })
      const error = await failure(stripe.accounts.create({}))
      expect(['StripeAPIError', 'StripeConnectionError']).toContain(error.type)
    }
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', timeout: true })
    const impatient = client(simulator, { timeout: 40 })
    expect(await failure(impatient.accounts.create({}))).toMatchObject({ type: 'StripeConnectionError' })
    expect((await stripe.accounts.list()).data).toEqual([])
  })

  it('after_commit executes the call and loses the answer, and the same key replays it', async () => {
    for (const how of [
      { times: 2 },
      { reset: true, times: 2 },
      { status: 500 },
      { status: 502, html: true },
      { truncate: true },
    ]) {
      const { stripe, enabledAccount, control } = testSimulator()
      const stripeAccount = (await enabledAccount()).id
      await control('POST /_sim/faults', { route: 'POST /v1/payment_intents', after_commit: true, ...how })
      const pay = () =>
        stripe.paymentIntents.create(
          { amount: 1000, currency: 'usd' },
          { stripeAccount, idempotencyKey: 'k' },
        )
      await failure(pay())
      const { data } = await stripe.paymentIntents.list({}, { stripeAccount })
      expect(data).toHaveLength(1)
      const again = await pay()
      expect(again.id).toBe(data[0]?.id)
      expect(header(again, 'idempotent-replayed')).toBe('true')
    }
  })

  it('after_commit with a timeout executes the call and never answers', async () => {
    const { control, simulator, stripe } = testSimulator()
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', after_commit: true, timeout: true })
    const impatient = client(simulator, { timeout: 40 })
    expect(await failure(impatient.accounts.create({}))).toMatchObject({ type: 'StripeConnectionError' })
    expect((await stripe.accounts.list()).data).toHaveLength(1)
  })

  it('after_commit loses an executed refusal too, but not one that was never executed', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = (over: object) =>
      failure(
        stripe.paymentIntents.create(
          {
            amount: 1000,
            currency: 'usd',
            confirm: true,
            payment_method: 'pm_card_chargeDeclined',
            return_url: 'https://p.example',
            ...over,
          },
          { stripeAccount, idempotencyKey: 'k' },
        ),
      )
    const lost = { route: 'POST /v1/payment_intents', after_commit: true, status: 500 }
    await control('POST /_sim/faults', lost)
    expect(await pay({ colour: 'blue' })).toMatchObject({ statusCode: 400, code: 'parameter_unknown' })
    await control('POST /_sim/faults', lost)
    expect(await pay({})).toMatchObject({ statusCode: 500 })
    expect(await pay({})).toMatchObject({ statusCode: 402, code: 'card_declined' })
    expect((await stripe.charges.list({}, { stripeAccount })).data).toHaveLength(1)
  })

  it('a fault can match any method, and DELETE removes all faults', async () => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/faults', { route: '* /v1/accounts', status: 500, times: 9 })
    expect(await failure(stripe.accounts.list())).toMatchObject({ statusCode: 500 })
    expect(await failure(stripe.accounts.create({}))).toMatchObject({ statusCode: 500 })
    expect((await stripe.balance.retrieve()).object).toBe('balance')
    expect((await control('GET /_sim/faults'))['data']).toMatchObject([{ times: 7 }])
    await control('DELETE /_sim/faults')
    expect((await stripe.accounts.list()).object).toBe('list')
  })

  it('a stored 500 is replayed until the caller uses a new key', async () => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', status: 500, stored: true })
    const create = (idempotencyKey: string) => stripe.accounts.create({}, { idempotencyKey })
    expect(await failure(create('k1'))).toMatchObject({ statusCode: 500 })
    const replay = await failure(create('k1'))
    expect(replay).toMatchObject({ statusCode: 500 })
    expect(replay.headers?.['idempotent-replayed']).toBe('true')
    expect((await create('k2')).object).toBe('account')
  })

  it('after_commit with stored executes the call, and its key replays the 500', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const route = 'POST /v1/payment_intents'
    await control('POST /_sim/faults', { route, after_commit: true, status: 500, stored: true, times: 2 })
    const pay = () =>
      stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount, idempotencyKey: 'k' })
    const failures = [await failure(pay()), await failure(pay()), await failure(pay())]
    expect(failures).toMatchObject([{ statusCode: 500 }, { statusCode: 500 }, { statusCode: 500 }])
    expect(failures.map(({ headers }) => headers?.['idempotent-replayed'])).toEqual([
      undefined,
      'true',
      'true',
    ])
    expect((await stripe.paymentIntents.list({}, { stripeAccount })).data).toHaveLength(1)
  })

  it('a slow call locks its idempotency key', async () => {
    const { stripe, control } = testSimulator()
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', delay_ms: 30 })
    const slow = stripe.accounts.create({}, { idempotencyKey: 'k' })
    expect(await failure(stripe.accounts.create({}, { idempotencyKey: 'k' }))).toMatchObject({
      statusCode: 409,
    })
    expect((await slow).object).toBe('account')
  })

  it('stripe-node retries a fault as it retries the real Stripe', async () => {
    const { control, simulator } = testSimulator()
    const stripe = client(simulator, { maxNetworkRetries: 2 })
    await control('POST /_sim/faults', { route: 'POST /v1/accounts', after_commit: true })
    await stripe.accounts.create({})
    expect((await stripe.accounts.list()).data).toHaveLength(1)
    expect((await control('GET /_sim/calls'))['routes']).toMatchObject({ 'POST /v1/accounts': 2 })
  })
})

/**
 * https://docs.stripe.com/rate-limits
 */
describe('rate limits', () => {
  it('calls are limited per second for the account and for each endpoint, with the reason in a header', async () => {
    const { stripe, control, clock } = testSimulator()
    await control('POST /_sim/switches', { rate_limit: { per_second: 3, per_endpoint: 2 } })
    await stripe.accounts.list()
    await stripe.accounts.list()
    const endpoint = await failure(stripe.accounts.list())
    expect(endpoint).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429, code: 'rate_limit' })
    expect(endpoint.headers?.['stripe-rate-limited-reason']).toBe('endpoint-rate')
    await stripe.balance.retrieve()
    expect((await failure(stripe.events.list())).headers?.['stripe-rate-limited-reason']).toBe('global-rate')
    clock.ms += 1000
    expect((await stripe.accounts.list()).object).toBe('list')
  })
})
