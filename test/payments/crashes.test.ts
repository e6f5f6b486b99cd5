/**
 * The database fails after Stripe has executed a command, or Stripe stores a failure under the key. A retry with the same
 * key finds what was done, or does it, once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks } from '../support/hold-webhooks.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
let databaseIs: 'up' | 'down after Stripe answers' | 'down'
/** How far the clock is ahead, for Stripe and for us, in ms. */
let clockAheadMs: number
/** The idempotency keys of every POST to Stripe. */
let keys: string[]
const now = () => Date.now() + clockAheadMs

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  databaseIs = 'up'
  clockAheadMs = 0
  keys = []
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const isStripe = request.url.startsWith('http://stripe.test')
      if (isStripe && request.method === 'POST') keys.push(request.headers.get('idempotency-key') ?? '')
      if (databaseIs === 'down' && !isStripe) throw new TypeError('the database is down')
      const answer = await next(request)
      if (databaseIs === 'down after Stripe answers' && isStripe && request.method === 'POST')
        databaseIs = 'down'
      return answer
    },
  })
  merchant = await anEnabledMerchant(gatehouse)
})

const key = { idempotencyKey: 'command-1' }
async function settledPayment(body: object = {}): Promise<string> {
  const made = await merchant.pay(body)
  await gatehouse.simulator.advance(3)
  await gatehouse.settle()
  return made.body['id']
}

const COMMANDS: Record<
  string,
  {
    route: string
    prepare: () => Promise<string>
    send: (id: string) => Promise<Answer>
    books: object
  }
> = {
  capture: {
    route: 'POST /v1/payment_intents/{id}/capture',
    prepare: () => settledPayment({ capture_method: 'manual' }),
    send: (id) => merchant.command(id, 'capture', { amount: 600 }, key),
    books: { charged: 600, refunded: 0 },
  },
  cancel: {
    route: 'POST /v1/payment_intents/{id}/cancel',
    prepare: () => settledPayment({ capture_method: 'manual' }),
    send: (id) => merchant.command(id, 'cancel', {}, key),
    books: {},
  },
  'a full refund': {
    route: 'POST /v1/refunds',
    prepare: () => settledPayment(),
    send: (id) => merchant.command(id, 'refunds', {}, key),
    books: { charged: 1000, refunded: 1000 },
  },
  'a partial refund': {
    route: 'POST /v1/refunds',
    prepare: () => settledPayment(),
    send: (id) => merchant.command(id, 'refunds', { amount: 300 }, key),
    books: { charged: 1000, refunded: 300 },
  },
}

describe.each(Object.entries(COMMANDS))('%s', (_, { route, prepare, send, books }) => {
  async function sendWhileDatabaseFails(id: string): Promise<void> {
    databaseIs = 'down after Stripe answers'
    expect(await send(id)).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    databaseIs = 'up'
  }
  async function expectDoneOnce(id: string): Promise<void> {
    const retried = await send(id)
    expect(retried.status, JSON.stringify(retried.body)).toBeLessThan(300)
    const replayed = await send(id)
    expect(replayed.body).toEqual(retried.body)
    expect(replayed.headers.get('idempotent-replayed')).toBe('true')
    await gatehouse.settle()
    const { data } = await gatehouse.sim('GET', `/_sim/books?account=${merchant.account}`)
    expect(data[0] ?? {}).toMatchObject(books)
  }

  it('is found by a retry before its webhook', async () => {
    const id = await prepare()
    await holdWebhooks(gatehouse)
    await sendWhileDatabaseFails(id)
    await expectDoneOnce(id)
  })

  it('is found by a retry after its webhook', async () => {
    const id = await prepare()
    await sendWhileDatabaseFails(id)
    await gatehouse.settle()
    await expectDoneOnce(id)
  })

  it('is found by a retry after Stripe has forgotten the key', async () => {
    const id = await prepare()
    await sendWhileDatabaseFails(id)
    await gatehouse.settle()
    clockAheadMs = 25 * 3_600_000
    await expectDoneOnce(id)
  })

  it.each([
    ['after executing it', true],
    ['without executing it', false],
  ])(
    'is executed once if Stripe stores a 500 %s, and replays it without the replay header',
    async (_, isDone) => {
      const id = await prepare()
      await holdWebhooks(gatehouse)
      await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
      await gatehouse.sim('POST', '/_sim/faults', { route, after_commit: isDone, status: 500, stored: true })
      keys = []
      if (!isDone) {
        const lost = { status: 502, body: { code: 'stripe_unavailable' } }
        expect([await send(id), await send(id)]).toMatchObject([lost, lost])
        expect(new Set(keys).size, 'no new key while the outcome is unknown').toBe(1)
        clockAheadMs = 3 * 60_000
      }
      await expectDoneOnce(id)
      expect(new Set(keys).size).toBe(isDone ? 1 : 2)
      expect((await merchant.read(id)).body['status']).toBe(
        (await merchant.atStripe('payment_intents'))[0].status,
      )
    },
  )

  it('is answered 409 with another body under its key', async () => {
    const id = await prepare()
    await sendWhileDatabaseFails(id)
    await gatehouse.settle()
    const reused = await gatehouse.call('POST', `/v1/accounts/${merchant.account}/payments/${id}/refunds`, {
      body: { amount: 1, reason: 'duplicate' },
      ...key,
    })
    expect(reused).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })
})
