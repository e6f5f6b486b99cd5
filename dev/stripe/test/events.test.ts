import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { START_MS, failure, testSimulator } from './test-simulator.ts'

const DAY = 86_400

/**
 * https://docs.stripe.com/api/events/list
 * https://docs.stripe.com/webhooks/process-undelivered-events
 */
describe('the event list', () => {
  it('an account lists its own events and the platform its own, newest first', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const { id } = await enabledAccount()
    const other = (await enabledAccount()).id
    await payment(id, { application_fee_amount: 100 })
    const events = await stripe.events.list({ limit: 4 }, { stripeAccount: id })
    expect(events.data.map(({ type }) => type)).toEqual([
      'charge.updated',
      'payment_intent.succeeded',
      'charge.succeeded',
      'payment_intent.created',
    ])
    expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual(['application_fee.created'])
    const [event = { id: '' }] = events.data
    expect((await stripe.events.retrieve(event.id, {}, { stripeAccount: id })).id).toBe(event.id)
    expect(await failure(stripe.events.retrieve(event.id, {}, { stripeAccount: other }))).toMatchObject({
      statusCode: 404,
    })
  })

  it('a filtered or unfiltered list can be paged in both directions to its end', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    for (let i = 0; i < 30; i++) await payment(stripeAccount)
    const options = { stripeAccount }
    const all = await stripe.events.list({ limit: 7 }, options).autoPagingToArray({ limit: 1000 })
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(120)
    const one = await stripe.events.list({ limit: 100 }, options)
    expect([one.has_more, one.data.map(({ id }) => id)]).toEqual([
      true,
      all.slice(0, 100).map(({ id }) => id),
    ])
    const before = await stripe.events.list({ limit: 3, ending_before: all[10]?.id ?? '' }, options)
    expect(before.data.map(({ id }) => id)).toEqual(all.slice(7, 10).map(({ id }) => id))
    const types = ['charge.succeeded', 'charge.updated']
    const some = await stripe.events.list({ limit: 7, types }, options).autoPagingToArray({ limit: 1000 })
    expect(some.map(({ id }) => id)).toEqual(
      all.filter(({ type }) => types.includes(type)).map(({ id }) => id),
    )
  })

  it('the created filter accepts every bound, to the second', async () => {
    const { stripe, clock } = testSimulator()
    const start = START_MS / 1000
    for (let i = 0; i < 4; i++) {
      await stripe.accounts.create({})
      clock.ms += 1000
    }
    const [account] = (await stripe.accounts.list()).data.slice(-1)
    for (let i = 0; i < 4; i++) {
      await stripe.accounts.update(account?.id ?? '', { metadata: { i: String(i) } })
      clock.ms += 1000
    }
    const seconds = async (created: number | Stripe.RangeQueryParam) => {
      const { data } = await stripe.events.list({ created }, { stripeAccount: account?.id ?? '' })
      return data.map((event) => event.created - start)
    }
    expect(await seconds({ gte: start + 5 })).toEqual([7, 6, 5])
    expect(await seconds({ gt: start + 5 })).toEqual([7, 6])
    expect(await seconds({ lt: start + 5 })).toEqual([4, 0])
    expect(await seconds({ lte: start + 5, gt: start })).toEqual([5, 4])
    expect(await seconds(start + 6)).toEqual([6])
  })

  it('the list filters by type or types, but not by both', async () => {
    const { stripe, enabledAccount, payment, clock } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount)
    clock.ms += 10_000
    await payment(stripeAccount)
    const list = async (params: object) =>
      (await stripe.events.list(params, { stripeAccount })).data.map(({ type }) => type)
    expect(await list({ type: 'charge.succeeded' })).toHaveLength(2)
    expect(await list({ type: 'charge.*' })).toHaveLength(4)
    expect(await list({ types: ['charge.succeeded', 'payment_intent.succeeded'] })).toHaveLength(4)
    expect(await list({ types: ['charge.succeeded'], created: { gte: START_MS / 1000 + 5 } })).toHaveLength(1)
    const both = stripe.events.list({ type: 'charge.succeeded', types: ['charge.failed'] }, { stripeAccount })
    expect(await failure(both)).toMatchObject({ code: 'parameters_exclusive' })
    const many = stripe.events.list(
      { types: Array.from({ length: 21 }, () => 'charge.failed') },
      { stripeAccount },
    )
    expect(await failure(many)).toMatchObject({ param: 'types' })
  })

  it('delivery_success separates delivered events from pending and failed ones', async () => {
    const statuses = new Map([['down', true]])
    const { stripe, enabledAccount, simulator } = testSimulator({
      receive: () => (statuses.get('down') === true ? 500 : 200),
    })
    const stripeAccount = (await enabledAccount()).id
    const count = async (delivery_success: boolean) =>
      (await stripe.events.list({ delivery_success }, { stripeAccount })).data.length
    const all = await count(false)
    expect([all > 0, await count(true)]).toEqual([true, 0])
    statuses.set('down', false)
    await simulator.advance(DAY)
    expect([await count(false), await count(true)]).toEqual([0, all])
  })

  it("events are removed after thirty days on Stripe's clock", async () => {
    const { stripe, enabledAccount, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const [event = { id: '' }] = (await stripe.events.list({}, { stripeAccount })).data
    await simulator.advance(30 * DAY)
    expect((await stripe.events.list({}, { stripeAccount })).data.length).toBeGreaterThan(0)
    await simulator.advance(1)
    expect((await stripe.events.list({}, { stripeAccount })).data).toEqual([])
    expect(await failure(stripe.events.retrieve(event.id, {}, { stripeAccount }))).toMatchObject({
      statusCode: 404,
    })
  })
})
