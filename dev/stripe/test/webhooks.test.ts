import { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { createSimulator } from '../src/simulator.ts'
import { CONNECT_SECRET, START_MS, client, failure, testSimulator } from './test-simulator.ts'

const MINUTE = 60
const HOUR = 3600

/**
 * https://docs.stripe.com/connect/webhooks
 * https://docs.stripe.com/api/webhook_endpoints
 */
describe('endpoints', () => {
  it('creation shows the secret once, and kind and version cannot change', async () => {
    const { stripe } = testSimulator({ webhooks: [] })
    const created = await stripe.webhookEndpoints.create({
      url: 'https://app.test/hook',
      enabled_events: ['account.updated'],
      api_version: '2026-10-28.endive',
      connect: true,
    })
    expect(created.secret).toMatch(/^whsec_/)
    const read = await stripe.webhookEndpoints.retrieve(created.id)
    expect(read).toMatchObject({ status: 'enabled', api_version: '2026-10-28.endive' })
    expect(read.secret).toBeUndefined()
    const change = stripe.webhookEndpoints.update(created.id, { connect: false } as object)
    expect(await failure(change)).toMatchObject({ code: 'parameter_unknown', param: 'connect' })
    const version = stripe.webhookEndpoints.update(created.id, { api_version: '2026-10-28.endive' } as object)
    expect(await failure(version)).toMatchObject({ code: 'parameter_unknown', param: 'api_version' })
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1)
    expect(await stripe.webhookEndpoints.del(created.id)).toMatchObject({ deleted: true })
  })

  it('there can be sixteen endpoints', async () => {
    const { stripe } = testSimulator({ webhooks: [] })
    const create = () => stripe.webhookEndpoints.create({ url: 'https://app.test', enabled_events: ['*'] })
    for (let i = 0; i < 16; i++) await create()
    expect(await failure(create())).toMatchObject({ statusCode: 400 })
  })

  it('each subscribed endpoint gets the event with its own secret, and pending_webhooks counts the rest', async () => {
    const pending: [string, number][] = []
    const simulator = createSimulator({
      webhooks: ['one', 'two'].map((name) => ({
        url: `https://${name}.test`,
        connect: true,
        secret: `whsec_${name}`,
      })),
      deliver: async (request) => {
        const name = new URL(request.url).hostname.split('.')[0] ?? ''
        const [body, header] = [await request.text(), request.headers.get('stripe-signature') ?? '']
        const event = await Stripe.webhooks.constructEventAsync(body, header, `whsec_${name}`)
        pending.push([name, event.pending_webhooks])
        return new Response('ok')
      },
    })
    await client(simulator).accounts.create({})
    await simulator.settle()
    expect(pending).toEqual([
      ['one', 2],
      ['two', 1],
    ])
  })

  it('an endpoint gets only its subscribed types', async () => {
    const url = 'https://app.test/connect'
    const { enabledAccount, payment, types } = testSimulator({
      webhooks: [{ url, connect: true, secret: CONNECT_SECRET, enabled_events: ['charge.succeeded'] }],
    })
    await payment((await enabledAccount()).id)
    expect(await types()).toEqual(['charge.succeeded'])
  })
})

/**
 * https://docs.stripe.com/api/events/object
 */
describe('events', () => {
  it('an event has a snapshot of the object, its time in seconds and its request', async () => {
    const { stripe, enabledAccount, simulator, connect } = testSimulator({ now: () => START_MS + 789 })
    const { id } = await enabledAccount()
    const options = { stripeAccount: id, idempotencyKey: 'order-1' }
    const first = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, options)
    await stripe.paymentIntents.update(first.id, { amount: 2000 }, { stripeAccount: id })
    await simulator.settle()
    expect(connect).toHaveLength(1)
    const { lastResponse: _, ...object } = first
    expect(connect[0]).toMatchObject({
      object: 'event',
      account: id,
      api_version: '2026-10-28.endive',
      created: START_MS / 1000,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: first.lastResponse.requestId, idempotency_key: 'order-1' },
      type: 'payment_intent.created',
    })
  })

  it('previous_attributes has the old values of changed fields, and whole arrays', async () => {
    const { enabledAccount, control, simulator, connect } = testSimulator()
    const { id, requirements } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, {
      move: 'requirements_due',
      fields: ['a', 'b'],
      deadline_s: 60,
    })
    await control(`POST /_sim/accounts/${id}/move`, {
      move: 'requirements_due',
      fields: ['c'],
      deadline_s: 60,
    })
    await simulator.settle()
    const updates = connect.filter(({ type }) => type === 'account.updated')
    expect(updates.at(-1)?.data.previous_attributes).toEqual({
      requirements: {
        currently_due: ['a', 'b'],
        eventually_due: [...(requirements?.eventually_due ?? []), 'a', 'b'],
      },
    })
  })

  it('an event without a request has a null request', async () => {
    const { enabledAccount, payment, simulator, connect } = testSimulator()
    await payment((await enabledAccount()).id)
    await simulator.settle()
    expect(connect.find(({ type }) => type === 'charge.updated')?.request).toEqual({
      id: null,
      idempotency_key: null,
    })
  })
})

/**
 * https://docs.stripe.com/webhooks#verify-manually
 * https://docs.stripe.com/webhooks#roll-endpoint-secrets
 */
describe('signatures', () => {
  it('during a roll, the signature has one v1 for each valid secret', async () => {
    const requests: { body: string; header: string }[] = []
    const simulator = createSimulator({
      webhooks: [{ url: 'https://app.test', connect: true, secret: 'whsec_old' }],
      deliver: async (request) => {
        requests.push({ body: await request.text(), header: request.headers.get('stripe-signature') ?? '' })
        return new Response('ok')
      },
    })
    const stripe = client(simulator)
    const [endpoint] = (await stripe.webhookEndpoints.list()).data
    const roll = { secret: 'whsec_new', old_expires_in_s: HOUR }
    await simulator.fetch(
      new Request(`https://s.test/_sim/webhook_endpoints/${endpoint?.id}/roll`, {
        method: 'POST',
        body: JSON.stringify(roll),
      }),
    )
    await stripe.accounts.create({})
    await simulator.settle()
    const [{ body, header } = { body: '', header: '' }] = requests
    expect(header.match(/v1=/g)).toHaveLength(2)
    for (const secret of ['whsec_old', 'whsec_new']) {
      await expect(Stripe.webhooks.constructEventAsync(body, header, secret)).resolves.toMatchObject({
        object: 'event',
      })
    }
    await expect(Stripe.webhooks.constructEventAsync(body, header, 'whsec_other')).rejects.toThrow()
    // The body is indented, so a body that was parsed and serialised again does not verify.
    const again = JSON.stringify(JSON.parse(body))
    await expect(Stripe.webhooks.constructEventAsync(again, header, 'whsec_new')).rejects.toThrow()
  })
})

/**
 * https://docs.stripe.com/webhooks#retries
 */
describe('retries', () => {
  it('a sandbox retries three times within hours', async () => {
    const attempts: number[] = []
    const b = testSimulator({
      receive: () => {
        attempts.push(b.clock.ms)
        return 500
      },
    })
    await b.stripe.accounts.create({})
    for (const [advance, made] of [
      [0, 1],
      [5 * MINUTE - 1, 1],
      [1, 2],
      [HOUR, 3],
      [3 * HOUR, 4],
      [1000 * HOUR, 4],
    ] as const) {
      await b.simulator.advance(advance)
      expect(attempts).toHaveLength(made)
    }
    const [delivery] = Object.values((await b.control('GET /_sim/deliveries'))['data'] ?? {})
    expect(delivery).toMatchObject({ state: 'failed', attempts: [{ outcome: 500 }, {}, {}, {}] })
  })

  it('live mode retries for three days, and the time scale shortens this', async () => {
    let attempts = 0
    const live = testSimulator({ receive: () => (attempts++, 503), switches: { delivery_retries: 'live' } })
    await live.stripe.accounts.create({})
    await live.simulator.advance(3 * 24 * HOUR)
    expect(attempts).toBe(10)
    const response = await live.request('/_sim/deliveries')
    const { data } = (await response.json()) as { data: { attempts: { at: number }[] }[] }
    const at = data[0]?.attempts.map((attempt) => attempt.at) ?? []
    const waits = at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / MINUTE)
    expect(waits).toEqual([5, 30, 120, 300, 600, 720, 720, 720, 720])
    attempts = 0
    const fast = testSimulator({ receive: () => (attempts++, 503), timeScale: 0.001 })
    await fast.stripe.accounts.create({})
    await fast.simulator.advance(20)
    expect(attempts).toBe(4)
  })

  it('retries continue after a successful manual resend', async () => {
    const statuses = [500]
    const b = testSimulator({ receive: () => statuses.shift() ?? 200 })
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    const [event = { id: '' }] = (
      await b.stripe.events.list({}, { stripeAccount: (await b.stripe.accounts.list()).data[0]?.id ?? '' })
    ).data
    await b.control('POST /_sim/deliver', { events: [event.id] })
    expect(b.connect.map(({ id }) => id)).toEqual([event.id])
    await b.simulator.advance(5 * MINUTE)
    expect(b.connect.map(({ id }) => id)).toEqual([event.id, event.id])
    await b.simulator.advance(24 * HOUR)
    expect(b.connect).toHaveLength(2)
  })

  it('a redirect counts as a failure', async () => {
    const b = testSimulator({ receive: () => 302 })
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    const [delivery] = Object.values((await b.control('GET /_sim/deliveries'))['data'] ?? {})
    expect(delivery).toMatchObject({ state: 'waiting', attempts: [{ outcome: 302 }] })
  })

  it('a disabled endpoint gets no attempts until it is enabled again', async () => {
    for (const enabledAgain of [true, false]) {
      const statuses = [500]
      const b = testSimulator({ receive: () => statuses.shift() ?? 200 })
      await b.stripe.accounts.create({})
      await b.simulator.settle()
      const endpoints = await b.stripe.webhookEndpoints.list()
      const { id } = endpoints.data.find(({ url }) => url.endsWith('/connect')) ?? { id: '' }
      await b.stripe.webhookEndpoints.update(id, { disabled: true })
      if (enabledAgain) await b.stripe.webhookEndpoints.update(id, { disabled: false })
      await b.simulator.advance(24 * HOUR)
      expect(b.connect).toHaveLength(enabledAgain ? 1 : 0)
    }
  })

  it('a delivery without an answer times out and is retried', async () => {
    let calls = 0
    const b = testSimulator({
      switches: { delivery_timeout_ms: 20 },
      // The first delivery never gets an answer.
      deliver: () => (calls++ === 0 ? new Promise(() => {}) : Promise.resolve(new Response('ok'))),
    })
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    const last = async () => Object.values((await b.control('GET /_sim/deliveries'))['data'] ?? {})[0]
    expect(await last()).toMatchObject({ state: 'waiting', attempts: [{ outcome: 'timeout' }] })
    await b.simulator.advance(5 * MINUTE)
    expect(await last()).toMatchObject({ state: 'delivered', attempts: [{}, { outcome: 200 }] })
  })

  it('a deleted endpoint gets no attempts', async () => {
    const b = testSimulator({ receive: () => 500 })
    await b.stripe.accounts.create({})
    await b.simulator.settle()
    for (const { id } of (await b.stripe.webhookEndpoints.list()).data)
      await b.stripe.webhookEndpoints.del(id)
    await b.simulator.advance(24 * HOUR)
    const [delivery] = Object.values((await b.control('GET /_sim/deliveries'))['data'] ?? {})
    expect(delivery).toMatchObject({ state: 'failed', attempts: [{ outcome: 500 }] })
  })

  it("every attempt has a new signature by the receiver's clock", async () => {
    const times: string[] = []
    const statuses = [500]
    const clock = { ms: START_MS }
    const simulator = createSimulator({
      now: () => clock.ms,
      webhooks: [{ url: 'https://app.test', connect: true, secret: 'whsec_x' }],
      deliver: async (request) => {
        times.push(request.headers.get('stripe-signature')?.split(',')[0] ?? '')
        return new Response('', { status: statuses.shift() ?? 200 })
      },
    })
    await client(simulator).accounts.create({})
    await simulator.settle()
    clock.ms += 7000
    await simulator.advance(24 * HOUR)
    expect(times).toEqual([`t=${START_MS / 1000}`, `t=${START_MS / 1000 + 7}`])
  })
})
