/**
 * The database goes away after Stripe has acted, or Stripe keeps a failure as its answer: what was done stands, and a retry
 * with the same key finds it done; what was not is done by it, once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
let storage: 'there' | 'gone once Stripe has acted' | 'gone'
/** How far the clock that Stripe and we share has been moved, in ms. */
let later: number
/** What was sent to Stripe to be done, by its keys. */
let keys: string[]
const now = () => Date.now() + later

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  storage = 'there'
  later = 0
  keys = []
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const isStripe = request.url.startsWith('http://stripe.test')
      if (isStripe && request.method === 'POST') keys.push(request.headers.get('idempotency-key') ?? '')
      if (storage === 'gone' && !isStripe) throw new TypeError('the database is gone')
      const answer = await next(request)
      if (storage === 'gone once Stripe has acted' && isStripe && request.method === 'POST') storage = 'gone'
      return answer
    },
  })
  merchant = await anEnabledMerchant(gatehouse)
})

const key = { idempotencyKey: 'the-one' }
async function aPayment(body: object = {}): Promise<string> {
  const made = await merchant.pay(body)
  await gatehouse.simulator.advance(3)
  await gatehouse.settle()
  return made.body['id']
}

const acts: Record<
  string,
  {
    route: string
    before: () => Promise<string>
    act: (id: string) => Promise<Answer>
    books: object
  }
> = {
  capture: {
    route: 'POST /v1/payment_intents/{id}/capture',
    before: () => aPayment({ capture_method: 'manual' }),
    act: (id) => merchant.command(id, 'capture', { amount: 600 }, key),
    books: { charged: 600, refunded: 0 },
  },
  cancel: {
    route: 'POST /v1/payment_intents/{id}/cancel',
    before: () => aPayment({ capture_method: 'manual' }),
    act: (id) => merchant.command(id, 'cancel', {}, key),
    books: {},
  },
  'a refund of all': {
    route: 'POST /v1/refunds',
    before: () => aPayment(),
    act: (id) => merchant.command(id, 'refunds', {}, key),
    books: { charged: 1000, refunded: 1000 },
  },
  'a refund of a part': {
    route: 'POST /v1/refunds',
    before: () => aPayment(),
    act: (id) => merchant.command(id, 'refunds', { amount: 300 }, key),
    books: { charged: 1000, refunded: 300 },
  },
}

describe.each(Object.entries(acts))('%s', (_, { route, before, act, books }) => {
  async function losingTheDatabase(id: string): Promise<void> {
    storage = 'gone once Stripe has acted'
    expect(await act(id)).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    storage = 'there'
  }
  async function expectDoneOnce(id: string): Promise<void> {
    const again = await act(id)
    expect(again.status, JSON.stringify(again.body)).toBeLessThan(300)
    const replayed = await act(id)
    expect(replayed.body).toEqual(again.body)
    expect(replayed.headers.get('idempotent-replayed')).toBe('true')
    await gatehouse.settle()
    const { data } = await gatehouse.sim('GET', `/_sim/books?account=${merchant.account}`)
    expect(data[0] ?? {}).toMatchObject(books)
  }

  it('is found done when the client comes back before the event', async () => {
    const id = await before()
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await losingTheDatabase(id)
    await expectDoneOnce(id)
  })

  it('is found done when the event came first', async () => {
    const id = await before()
    await losingTheDatabase(id)
    await gatehouse.settle()
    await expectDoneOnce(id)
  })

  it('is found done when Stripe has forgotten the key', async () => {
    const id = await before()
    await losingTheDatabase(id)
    await gatehouse.settle()
    later = 25 * 3_600_000
    await expectDoneOnce(id)
  })

  it.each([
    ['after it has acted', true],
    ['and has done nothing', false],
  ])(
    'is done once where Stripe keeps a failure %s, and never marks that it says it again',
    async (_, isDone) => {
      const id = await before()
      await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
      await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
      await gatehouse.sim('POST', '/_sim/faults', { route, after_commit: isDone, status: 500, stored: true })
      keys = []
      if (!isDone) {
        const lost = { status: 502, body: { code: 'stripe_unavailable' } }
        expect([await act(id), await act(id)]).toMatchObject([lost, lost])
        expect(new Set(keys).size, 'no other key while the outcome is not known').toBe(1)
        later = 3 * 60_000
      }
      await expectDoneOnce(id)
      expect(new Set(keys).size).toBe(isDone ? 1 : 2)
      expect((await merchant.read(id)).body['status']).toBe(
        (await merchant.atStripe('payment_intents'))[0].status,
      )
    },
  )

  it('is refused with another body under its key', async () => {
    const id = await before()
    await losingTheDatabase(id)
    await gatehouse.settle()
    const other = await gatehouse.call('POST', `/v1/accounts/${merchant.account}/payments/${id}/refunds`, {
      body: { amount: 1, reason: 'duplicate' },
      ...key,
    })
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })
})
