import { describe, expect, it } from 'vitest'
import { START_MS, header, testSimulator } from './test-simulator.ts'

describe('delivery faults', () => {
  it('hold keeps all deliveries until they are sent in the given order', async () => {
    for (const [order, expected] of [
      [
        'created',
        ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded', 'charge.updated'],
      ],
      [
        'reverse',
        ['charge.updated', 'payment_intent.succeeded', 'charge.succeeded', 'payment_intent.created'],
      ],
    ] as const) {
      const { enabledAccount, payment, control, types, connect } = testSimulator()
      const { id } = await enabledAccount()
      await control('POST /_sim/delivery', { hold: true })
      await payment(id)
      expect(await types()).toEqual([])
      await control('POST /_sim/deliver', { order, limit: 2 })
      expect(connect).toHaveLength(2)
      await control('POST /_sim/deliver', { order })
      expect(connect.map(({ type }) => type)).toEqual(expected)
    }
  })

  it('given events are sent in the given order, repeatedly if asked', async () => {
    const { enabledAccount, payment, control, simulator, connect } = testSimulator()
    const { id } = await enabledAccount()
    await payment(id)
    await simulator.settle()
    const [first = { id: '' }, second = { id: '' }] = connect.splice(0)
    await control('POST /_sim/deliver', { events: [second.id, first.id, second.id] })
    expect(connect.map((event) => event.id)).toEqual([second.id, first.id, second.id])
  })

  it('a held event that was sent by id is not sent again with the rest', async () => {
    const { stripe, enabledAccount, payment, control, types, connect } = testSimulator()
    const { id } = await enabledAccount()
    await control('POST /_sim/delivery', { hold: true })
    await payment(id)
    const [{ id: last } = { id: '' }] = (await stripe.events.list({}, { stripeAccount: id })).data
    await control('POST /_sim/deliver', { events: [last] })
    expect(connect.map((event) => event.id)).toEqual([last])
    await control('POST /_sim/delivery', { hold: false })
    expect((await types()).toSorted()).toEqual([
      'charge.succeeded',
      'charge.updated',
      'payment_intent.created',
      'payment_intent.succeeded',
    ])
  })

  it('duplicate repeats an event, and sibling creates a second event for the same change', async () => {
    const { stripe, control, simulator, connect } = testSimulator()
    await control('POST /_sim/delivery', { duplicate: true, copies: 3 })
    await stripe.accounts.create({})
    await simulator.settle()
    expect(new Set(connect.map(({ id }) => id)).size).toBe(1)
    expect(connect.length).toBeGreaterThan(1)
    connect.length = 0
    await control('POST /_sim/delivery', { duplicate: false, sibling: true })
    await stripe.accounts.create({})
    await simulator.settle()
    expect(new Set(connect.map(({ id }) => id)).size).toBe(2)
    expect(connect[0]?.data).toEqual(connect[1]?.data)
  })

  it('drop loses a delivery, and drop_as decides whether delivery_success shows it', async () => {
    const { stripe, enabledAccount, control, types } = testSimulator()
    const { id } = await enabledAccount()
    const missing = async () => {
      const events = await stripe.events.list({ delivery_success: false }, { stripeAccount: id })
      return events.data.map(({ type }) => type)
    }
    await control('POST /_sim/delivery', { drop: true, types: ['payment_intent.created'] })
    await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount: id })
    expect(await types()).toEqual([])
    expect(await missing()).toEqual(['payment_intent.created'])
    await control('POST /_sim/delivery', { drop_as: 'delivered' })
    await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount: id })
    expect(await types()).toEqual([])
    expect(await missing()).toHaveLength(1)
  })

  it('delay_ms delays deliveries by a time or a range', async () => {
    const { stripe, control, types, simulator } = testSimulator()
    await control('POST /_sim/delivery', { delay_ms: [5000, 9000] })
    await stripe.accounts.create({})
    expect(await types()).toEqual([])
    await simulator.advance(4)
    expect(await types()).toEqual([])
    await simulator.advance(5)
    expect(await types()).toEqual(['account.updated'])
  })

  it("same_second stops Stripe's clock until it is switched off", async () => {
    const b = testSimulator()
    await b.control('POST /_sim/delivery', { same_second: true })
    for (let i = 0; i < 3; i++) {
      await b.stripe.accounts.create({})
      b.clock.ms += 5000
    }
    await b.simulator.settle()
    expect(new Set(b.connect.map(({ created }) => created)).size).toBe(1)
    const frozen = await b.stripe.balance.retrieve()
    expect(new Date(header(frozen, 'date') ?? '').getTime() / 1000).toBe(b.connect[0]?.created)
    await b.control('POST /_sim/delivery', { same_second: false })
    b.clock.ms += 5000
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    expect(b.connect.at(-1)?.created).toBe((b.connect[0]?.created ?? 0) + 5)
  })

  it('shuffle gives the same order for the same seed', async () => {
    const order = async (seed: number) => {
      const { enabledAccount, payment, control, types } = testSimulator()
      const { id } = await enabledAccount()
      await control('POST /_sim/delivery', { hold: true, shuffle: true, duplicate: 0.5, copies: 2, seed })
      for (let i = 0; i < 5; i++) await payment(id, { amount: 1000 + i })
      await control('POST /_sim/delivery', { hold: false })
      return types()
    }
    expect(await order(7)).toEqual(await order(7))
    expect(await order(7)).not.toEqual(await order(8))
  })
})

/** https://docs.stripe.com/webhooks#replay-prevention */
it('signature_skew_s moves the timestamp of the signature', async () => {
  const signed: number[] = []
  const b = testSimulator({
    deliver: async (request) => {
      signed.push(Number(/t=(\d+)/.exec(request.headers.get('stripe-signature') ?? '')?.[1]))
      return new Response('ok')
    },
  })
  for (const signature_skew_s of [0, -301, 600]) {
    // oxlint-disable no-await-in-loop
    await b.control('POST /_sim/delivery', { signature_skew_s })
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    // oxlint-enable no-await-in-loop
  }
  expect(signed.map((at) => at - START_MS / 1000)).toEqual([0, -301, 600])
})

it('a fault with a share applies to that share of the given types only', async () => {
  const { stripe, control, enabledAccount, types } = testSimulator()
  const { id } = await enabledAccount()
  await control('POST /_sim/delivery', { drop: 0.5, types: ['payment_intent.created'] })
  for (let i = 0; i < 60; i++) {
    const intent = { amount: 1000, currency: 'usd' }
    // oxlint-disable-next-line no-await-in-loop
    await stripe.paymentIntents.create(intent, { stripeAccount: id })
    // oxlint-disable-next-line no-await-in-loop
    await stripe.accounts.update(id, { metadata: { i: String(i) } })
  }
  const received = await types()
  const of = (wanted: string) => received.filter((type) => type === wanted).length
  expect(of('account.updated')).toBe(60)
  expect(of('payment_intent.created')).toBeGreaterThan(15)
  expect(of('payment_intent.created')).toBeLessThan(45)
})

it('DELETE /_sim/delivery ends all delivery faults at once', async () => {
  const { stripe, control, types } = testSimulator()
  await control('POST /_sim/delivery', { drop: true, duplicate: true, delay_ms: 60_000, hold: true })
  expect(await control('DELETE /_sim/delivery')).toMatchObject({
    drop: 0,
    duplicate: 0,
    delay_ms: 0,
    hold: false,
  })
  await stripe.accounts.create({})
  expect(await types()).toEqual(['account.updated'])
})

it('reseeding the faults causes no id conflict', async () => {
  const { enabledAccount, control, types } = testSimulator()
  const { id } = await enabledAccount()
  for (const move of ['requirements_due', 'answered', 'requirements_due'] as const) {
    // oxlint-disable no-await-in-loop
    await control('POST /_sim/delivery', { duplicate: true, sibling: true, seed: 7 })
    await control(`POST /_sim/accounts/${id}/move`, { move })
    // oxlint-enable no-await-in-loop
  }
  expect((await types()).length).toBeGreaterThan(12)
})
