import { describe, expect, it } from 'vitest'
import { client, failure, header, testSimulator } from './test-simulator.ts'

describe('authentication', () => {
  it.each(['sk_live_x', 'rk_test_x', 'pk_test_x', 'sk_test_'])(
    'a call with the key %s is refused',
    async (apiKey) => {
      const { request } = testSimulator()
      const response = await request('/v1/accounts', { headers: { authorization: `Bearer ${apiKey}` } })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
    },
  )

  it('any test key works as a bearer token or user name, and a missing key is refused', async () => {
    const { request } = testSimulator()
    const basic = `Basic ${Buffer.from('sk_test_any:').toString('base64')}`
    expect((await request('/v1/accounts', { headers: { authorization: basic } })).status).toBe(200)
    const none = await request('/v1/accounts')
    expect([none.status, (await none.text()).includes('You did not provide an API key')]).toEqual([401, true])
  })
})

describe('answers', () => {
  it("every answer has a request id, Stripe's time and the version, and an error has links", async () => {
    const { stripe, simulator, clock } = testSimulator()
    await simulator.advance(3600)
    const { lastResponse } = await stripe.balance.retrieve()
    expect(lastResponse.requestId).toMatch(/^req_\w{14}$/)
    expect(header({ lastResponse }, 'date')).toBe(new Date(clock.ms + 3_600_000).toUTCString())
    expect(lastResponse.apiVersion).toBe('2026-10-28.endive')
    const error = await failure(stripe.refunds.retrieve('re_none'))
    expect(error).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
      requestId: expect.stringMatching(/^req_/),
    })
  })

  it('an unknown route answers with an error object', async () => {
    const { stripe } = testSimulator()
    expect(await failure(stripe.customers.list())).toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('Unrecognized request URL (GET: /v1/customers)'),
    })
  })

  it('a malformed API version is refused', async () => {
    const { simulator } = testSimulator()
    const odd = client(simulator, { apiVersion: 'tomorrow' as never })
    expect(await failure(odd.balance.retrieve())).toMatchObject({ statusCode: 400 })
  })
})

describe('parameters', () => {
  it("unknown, missing and mistyped parameters are refused with Stripe's messages", async () => {
    const { stripe } = testSimulator()
    const pay = (params: object) => failure(stripe.paymentIntents.create(params as never))
    expect(await pay({ amount: 100, currency: 'usd', colour: 'blue' })).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      code: 'parameter_unknown',
      param: 'colour',
    })
    expect(await pay({ currency: 'usd' })).toMatchObject({ code: 'parameter_missing', param: 'amount' })
    expect(await pay({ amount: 'ten', currency: 'usd' })).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'amount',
    })
    expect(await pay({ amount: 100, currency: '' })).toMatchObject({
      code: 'parameter_invalid_empty',
      param: 'currency',
    })
    expect(await pay({ amount: 100, currency: 'usd', capture_method: 'later' })).toMatchObject({
      param: 'capture_method',
    })
  })

  it('wrong parameters are refused before anything is executed', async () => {
    const { stripe, types } = testSimulator()
    await failure(stripe.accounts.create({ colour: 'blue' } as never))
    expect(await types()).toEqual([])
    expect((await stripe.accounts.list()).data).toEqual([])
  })
})

describe('lists', () => {
  it('a list can be paged in both directions to its end', async () => {
    const { stripe } = testSimulator()
    const ids: string[] = []
    for (let i = 0; i < 25; i++) ids.unshift((await stripe.accounts.create({})).id)
    const first = await stripe.accounts.list()
    expect([first.data.length, first.has_more, first.url]).toEqual([10, true, '/v1/accounts'])
    const rest = await stripe.accounts.list({ limit: 100, starting_after: ids[9] ?? '' })
    expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([ids.slice(10), false])
    const before = await stripe.accounts.list({ limit: 5, ending_before: ids[9] ?? '' })
    expect([before.data.map(({ id }) => id), before.has_more]).toEqual([ids.slice(4, 9), true])
    const all = await stripe.accounts.list({ limit: 7 }).autoPagingToArray({ limit: 100 })
    expect(all.map(({ id }) => id)).toEqual(ids)
  })

  it('a list refuses a limit out of range, an unknown cursor and two cursors', async () => {
    const { stripe } = testSimulator()
    expect(await failure(stripe.accounts.list({ limit: 101 }))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'limit',
    })
    expect(await failure(stripe.accounts.list({ limit: 0 }))).toMatchObject({ param: 'limit' })
    expect(await failure(stripe.accounts.list({ starting_after: 'acct_none' }))).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    })
    const { id } = await stripe.accounts.create({})
    expect(await failure(stripe.accounts.list({ starting_after: id, ending_before: id }))).toMatchObject({
      statusCode: 400,
    })
  })

  it('a list expands the requested fields only', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount)
    const expand = ['data.latest_charge.balance_transaction', 'data.payment_method']
    const { data } = await stripe.paymentIntents.list({ expand }, { stripeAccount })
    expect(data).toMatchObject([
      {
        latest_charge: { object: 'charge', balance_transaction: { net: 9680 } },
        payment_method: { type: 'card' },
      },
    ])
    const unknown = stripe.balance.retrieve({ expand: ['colour'] }, { stripeAccount })
    expect(await failure(unknown)).toMatchObject({ message: 'This property cannot be expanded (colour).' })
    const nothing = stripe.paymentIntents.list({ expand: ['data.amount'] }, { stripeAccount })
    expect(await failure(nothing)).toMatchObject({
      message: 'This property cannot be expanded (data.amount).',
    })
  })
})
