/** Webhooks: a forged one is refused, a genuine one is stored once, and events apply in the order of Stripe's times. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, SECRETS, type Gatehouse } from '../support/gatehouse.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
})
// Effects of one test must not run in the next one's database.
afterEach(() => gatehouse.settle())
afterAll(() => database.stop())

const now = () => Math.floor(Date.now() / 1000)

async function send(request: Promise<Request>): Promise<{ status: number; body: any }> {
  const response = await gatehouse.fetch(await request)
  return { status: response.status, body: await response.json() }
}

const inbox = () =>
  database.rows('SELECT id, type, account, outcome, detail, payload FROM inbox ORDER BY received_at, id')
const outcomes = async () =>
  (await database.rows('SELECT outcome FROM inbox ORDER BY outcome')).map(({ outcome }) => outcome)
const stored = () =>
  database.rows(`SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM instances) AS rows`)

/** Creates an account at the simulator too, so that a refresh finds it. */
async function aStripeAccount(): Promise<string> {
  const { body } = await gatehouse.call('POST', '/v1/accounts', {
    body: { external_id: crypto.randomUUID() },
  })
  await gatehouse.settle()
  return body['id']
}

const aCharge = {
  id: 'ch_1',
  object: 'charge',
  payment_intent: 'pi_1',
  status: 'succeeded',
  captured: true,
  amount: 1000,
  amount_captured: 1000,
  currency: 'usd',
}
const aCanceledPayment = () => ({
  id: 'pi_1',
  object: 'payment_intent',
  status: 'canceled',
  amount: 1000,
  amount_received: 0,
  amount_capturable: 0,
  currency: 'usd',
  created: now(),
})
const aRefundedFee = (account: string) => ({
  id: 'fee_1',
  object: 'application_fee',
  account,
  charge: 'ch_1',
  amount: 100,
  amount_refunded: 100,
  currency: 'usd',
})

describe('a webhook whose signature', () => {
  const event = anAccountEvent('acct_1')
  it.each([
    ['is missing', { header: null }],
    ['is empty', { header: '' }],
    ['is made with an unknown secret', { secret: 'whsec_another_secret' }],
    ['is made with the other endpoint’s secret', { secret: SECRETS.platform }],
    ['is 301 seconds old', { timestamp: now() - 301 }],
    ['is more than 300 seconds ahead', { timestamp: now() + 310 }],
    ['has no v1', { header: `t=${now()},v0=00` }],
    ['has two times', { header: `t=${now()},t=${now()},v1=00` }],
    ['has a time that is not a number', { header: 't=soon,v1=00' }],
    ['belongs to another body', { header: `t=${now()},v1=${'0'.repeat(64)}` }],
  ])('%s is refused with the same answer as any other, and not stored', async (_, options) => {
    expect(await send(signedWebhook(event, options))).toMatchObject({
      status: 400,
      body: { code: 'invalid_signature', detail: expect.stringContaining('Stripe-Signature') },
    })
    expect(await stored()).toMatchObject([{ rows: 0 }])
  })

  it('is made with any of several secrets is accepted, so that a secret can be rotated', async () => {
    gatehouse = await startGatehouse(database, {
      environment: { STRIPE_CONNECT_WEBHOOK_SECRETS: `whsec_the_old_one,${SECRETS.connect}` },
    })
    const old = await send(signedWebhook(anAccountEvent('acct_1'), { secret: 'whsec_the_old_one' }))
    const current = await send(signedWebhook(anAccountEvent('acct_1')))
    expect([old.status, current.status]).toEqual([200, 200])
  })
})

describe('a signed body', () => {
  it('of the other Stripe mode is refused and not stored', async () => {
    expect(await send(signedWebhook(anAccountEvent('acct_1', { livemode: true })))).toMatchObject({
      status: 400,
      body: { code: 'wrong_mode', detail: 'This service accepts test events only.' },
    })
    expect(await stored()).toMatchObject([{ rows: 0 }])
  })

  it('that is not JSON or not an event is refused', async () => {
    expect(await send(signedWebhook(null, { body: '{"id":' }))).toMatchObject({
      status: 400,
      body: { code: 'invalid_json', detail: 'The signed body is not JSON.' },
    })
    const { data, ...event } = anAccountEvent('acct_1')
    expect(data).toBeDefined()
    expect(await send(signedWebhook({ ...event, data: {}, created: 'now' }))).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_request',
        detail: 'The signed body is not a Stripe event.',
        errors: [
          { path: 'created', message: expect.any(String) },
          { path: 'data.object', message: expect.any(String) },
        ],
      },
    })
  })

  it('of a megabyte is refused before it is read', async () => {
    expect(await send(signedWebhook(null, { body: ' '.repeat(1_000_000) }))).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    })
  })

  it('with an event type that no machine handles is stored as ignored', async () => {
    const event = anAccountEvent('acct_1', {
      type: 'customer.created',
      object: { id: 'cus_1', object: 'customer' },
    })
    expect(await send(signedWebhook(event))).toEqual({ status: 200, body: { received: true } })
    expect(await inbox()).toMatchObject([{ type: 'customer.created', account: 'acct_1', outcome: 'ignored' }])
  })

  it('about the platform’s own account changes no instance', async () => {
    const { account: _, ...event } = anAccountEvent('acct_platform')
    await send(signedWebhook(event, { endpoint: 'platform' }))
    expect(await inbox()).toMatchObject([{ outcome: 'ignored', account: null }])
    expect(await database.rows('SELECT id FROM instances')).toEqual([])
  })

  it('that contradicts itself is stored as failed with its reason', async () => {
    await send(signedWebhook(anAccountEvent('acct_1', { object: { id: 'acct_2' } })))
    expect(await inbox()).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining('acct_2') }])
  })

  it.each([
    ['connect', 'payment_intent.canceled', aCanceledPayment],
    ['platform', 'application_fee.refunded', aRefundedFee],
  ] as const)(
    'to the %s endpoint about an object of another account is stored as failed and changes no instance: %s',
    async (endpoint, type, object) => {
      const [owner, other] = [await aStripeAccount(), await aStripeAccount()]
      const known = { ...anAccountEvent(owner), type: 'charge.succeeded', data: { object: aCharge } }
      await send(signedWebhook(known))
      await gatehouse.settle()
      const payments = () => database.rows("SELECT seq, value FROM instances WHERE machine = 'payment'")
      const before = await payments()
      expect(before).toHaveLength(1)
      const account = endpoint === 'connect' ? other : null
      const created = now() + 5
      const foreign = { ...anAccountEvent(other), type, account, created, data: { object: object(other) } }
      await send(signedWebhook(foreign, { endpoint }))
      expect((await inbox()).find((event) => event['type'] === type)).toMatchObject({
        outcome: 'failed',
        detail: expect.stringContaining(`belongs to ${owner}, its event to ${other}`),
      })
      await gatehouse.settle()
      expect(await payments()).toEqual(before)
    },
  )

  it('is stored without personal data', async () => {
    await send(signedWebhook(anAccountEvent('acct_1')))
    const [row] = await inbox()
    expect(row?.['payload']).not.toContain('private@example.com')
  })
})

describe('an event', () => {
  it('about an unknown account creates its instance and schedules a fetch from Stripe', async () => {
    const event = anAccountEvent('acct_unheard_of')
    expect((await send(signedWebhook(event))).status).toBe(200)
    expect(await database.rows('SELECT id, seq FROM instances')).toEqual([{ id: 'acct_unheard_of', seq: 1 }])
    expect(await database.rows('SELECT name FROM outbox')).toEqual([{ name: 'account:acct_unheard_of:1:0' }])
  })

  it('delivered twice is applied once', async () => {
    const event = anAccountEvent('acct_1')
    const first = await send(signedWebhook(event))
    const second = await send(signedWebhook(event))
    const received = { status: 200, body: { received: true } }
    expect([first, second]).toEqual([received, received])
    expect(await inbox()).toHaveLength(1)
    expect(await database.rows("SELECT seq FROM transitions WHERE cause_kind = 'webhook'")).toEqual([
      { seq: 1 },
    ])
  })

  it('delivered twenty times at once is applied once', async () => {
    const event = anAccountEvent('acct_1')
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(signedWebhook(event))))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await inbox()).toHaveLength(1)
    expect(await database.rows("SELECT seq FROM transitions WHERE cause_kind = 'webhook'")).toEqual([
      { seq: 1 },
    ])
  })

  it('older than the known facts is stored as stale and changes nothing', async () => {
    await send(signedWebhook(anAccountEvent('acct_1', { created: now() - 10 })))
    await send(
      signedWebhook(anAccountEvent('acct_1', { created: now() - 60, object: { charges_enabled: false } })),
    )
    expect(await outcomes()).toEqual(['applied', 'stale'])
    const account = await gatehouse.call('GET', '/v1/accounts/acct_1/status')
    expect(account.body).toMatchObject({ state: { charges: 'active' } })
    const transitions = await database.rows("SELECT seq FROM transitions WHERE cause_kind = 'webhook'")
    expect(transitions).toEqual([{ seq: 1 }])
  })

  it('of the same second with the same facts changes nothing', async () => {
    const created = now() - 10
    await send(signedWebhook(anAccountEvent('acct_1', { created })))
    await send(signedWebhook(anAccountEvent('acct_1', { created })))
    expect(await outcomes()).toEqual(['applied', 'unchanged'])
  })

  it('of the same second with different facts makes the account suspect until it is fetched from Stripe', async () => {
    const account = await aStripeAccount()
    const created = now() + 5
    await send(signedWebhook(anAccountEvent(account, { created })))
    await send(signedWebhook(anAccountEvent(account, { created, object: { charges_enabled: false } })))
    const suspect = await gatehouse.call('GET', `/v1/accounts/${account}/status`)
    expect(suspect.body).toMatchObject({ suspect: true, suspect_facts: ['account'], effects_pending: 1 })

    await gatehouse.settle()
    const settled = await gatehouse.call('GET', `/v1/accounts/${account}/status`)
    expect(settled.body).toMatchObject({
      suspect: false,
      effects_pending: 0,
      state: { onboarding: 'created' },
    })
  })
})

describe('twenty different events at once for one account', () => {
  it('leave a history without gaps or duplicates, and the newest facts', async () => {
    const second = now() - 100
    const events = Array.from({ length: 20 }, (_, index) =>
      anAccountEvent('acct_1', {
        created: second + index,
        object: { requirements: { currently_due: [`item_${index}`] } },
      }),
    )
    const answers = await Promise.all(events.toReversed().map((event) => send(signedWebhook(event))))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(await inbox()).toHaveLength(20)
    await gatehouse.settle()

    const seqs = (await database.rows('SELECT seq FROM transitions ORDER BY seq')).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    const causes = await database.rows('SELECT DISTINCT cause_id FROM transitions')
    expect(causes).toHaveLength(seqs.length)
    const account = await gatehouse.call('GET', '/v1/accounts/acct_1/status')
    expect(account.body).toMatchObject({ version: seqs.length, requirements: { currently_due: ['item_19'] } })
  })
})
