import { describe, expect, it } from 'vitest'
import { bench, client, failure, header } from './bench.ts'

describe('who may call', () => {
  it.each(['sk_live_x', 'rk_test_x', 'pk_test_x', 'sk_test_'])('refuses the key %s', async (apiKey) => {
    const { request } = bench()
    const response = await request('/v1/accounts', { headers: { authorization: `Bearer ${apiKey}` } })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
  })

  it('takes any test key, as a bearer or as a user name, and says so when there is none', async () => {
    const { request } = bench()
    const basic = `Basic ${Buffer.from('sk_test_any:').toString('base64')}`
    expect((await request('/v1/accounts', { headers: { authorization: basic } })).status).toBe(200)
    const none = await request('/v1/accounts')
    expect([none.status, (await none.text()).includes('You did not provide an API key')]).toEqual([401, true])
  })
})

describe('every answer', () => {
  it('carries a request id, the time on Stripe clock and the version, refusals with where to read more', async () => {
    const { stripe, simulator, clock } = bench()
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

  it('is an error object for a route that does not exist', async () => {
    const { stripe } = bench()
    expect(await failure(stripe.customers.list())).toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('Unrecognized request URL (GET: /v1/customers)'),
    })
  })

  it('refuses a version that is none', async () => {
    const { simulator } = bench()
    const odd = client(simulator, { apiVersion: 'tomorrow' as never })
    expect(await failure(odd.balance.retrieve())).toMatchObject({ statusCode: 400 })
  })
})

describe('parameters', () => {
  it('are refused unknown, missing and badly typed, as Stripe words it', async () => {
    const { stripe } = bench()
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

  it('are checked before anything happens', async () => {
    const { stripe, types } = bench()
    await failure(stripe.accounts.create({ colour: 'blue' } as never))
    expect(await types()).toEqual([])
    expect((await stripe.accounts.list()).data).toEqual([])
  })
})

describe('lists', () => {
  it('are paged in both directions and to the end', async () => {
    const { stripe } = bench()
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

  it('refuse a limit out of bounds, an unknown cursor and two cursors', async () => {
    const { stripe } = bench()
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

  it('are expanded where asked, and nowhere else', async () => {
    const { stripe, enabledAccount, payment } = bench()
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
