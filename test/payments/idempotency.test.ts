import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { asMetadata, madeElsewhere } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
/** How far the clock that Stripe and we share has been moved, in ms. */
let later = 0
const now = () => Date.now() + later
let storage: 'there' | 'gone once Stripe has acted' | 'gone' = 'there'
/** More was made than anybody can look through. */
let isListEndless = false

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  later = 0
  storage = 'there'
  isListEndless = false
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const isStripe = request.url.startsWith('http://stripe.test')
      if (storage === 'gone' && !isStripe) throw new TypeError('the database is gone')
      const isList = isStripe && request.method === 'GET' && /\/payment_intents\?/.test(request.url)
      if (isList && isListEndless)
        return Response.json(ENDLESS, { headers: { date: new Date(now()).toUTCString() } })
      const answer = await next(request)
      if (storage === 'gone once Stripe has acted' && isStripe) storage = 'gone'
      return answer
    },
  })
  merchant = await anEnabledMerchant(gatehouse)
})

const ENDLESS = { object: 'list', url: '/', data: [{ id: 'pi_of_another' }], has_more: true }
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const pass = (ms: number) => {
  later += ms
}
const fault = (over: object) =>
  gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/payment_intents', ...over })
const pay = (body: object = {}) => merchant.pay(body, { idempotencyKey: 'order-1' })

/** One payment there, one here, and they are the same. */
async function expectOne(id: string | undefined): Promise<void> {
  await gatehouse.settle()
  expect((await merchant.atStripe('payment_intents')).map((intent) => intent.id)).toEqual([id])
  const stored = await database.rows("SELECT id, external_id FROM instances WHERE machine = 'payment'")
  expect(stored).toMatchObject([{ id, external_id: expect.stringMatching(/:order-1$/) }])
}

describe('a charge is made once', () => {
  it('when its answer was lost', async () => {
    await fault({ after_commit: true, times: 2 })
    expect(await pay()).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })
    const again = await pay()
    expect(again).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await expectOne(again.body['id'])
  })

  it('when the database was lost before the answer was stored', async () => {
    storage = 'gone once Stripe has acted'
    expect(await pay()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    storage = 'there'
    const again = await pay()
    expect(again.status).toBe(201)
    await expectOne(again.body['id'])
  })

  it('when nobody comes back for it, and its event adopts it', async () => {
    await fault({ after_commit: true, times: 2 })
    await pay()
    await gatehouse.settle()
    const list = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/payments`)
    expect(list.body['data']).toMatchObject([{ status: 'succeeded', amount: 1000 }])
    await expectOne(list.body['data'][0].id)
  })

  it('when the gate closed before the retry', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await fault({ after_commit: true, times: 2 })
    await pay()
    const { account } = merchant
    await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'looks odd' } })
    const again = await pay()
    expect(again).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await expectOne(again.body['id'])
  })

  it('when the fee policy changed before the retry', async () => {
    await fault({ after_commit: true, times: 2 })
    await pay()
    await database.rows(
      "UPDATE instances SET context = json_set(context, '$.fee_policy', json(?)) WHERE id = ?",
      [JSON.stringify({ bps: 500 }), merchant.account],
    )
    const again = await pay()
    expect(again).toMatchObject({ status: 201, body: { application_fee_amount: null } })
    await expectOne(again.body['id'])
  })

  it('when Stripe has forgotten the key and its event never came', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await fault({ after_commit: true, times: 2 })
    await pay()
    pass(25 * HOUR_MS)
    const again = await pay()
    expect(again.status).toBe(201)
    await expectOne(again.body['id'])
  })

  it('when it failed for a reason that Stripe stored, having made it', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ after_commit: true, status: 500, stored: true })
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })
})

describe('a stored failure', () => {
  it('is passed at once where Stripe marks its replay, as nothing more can come of the key', async () => {
    await fault({ status: 500, stored: true })
    const made = await pay()
    expect(made).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await expectOne(made.body['id'])
  })

  it('is passed after two minutes where Stripe marks nothing', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ status: 500, stored: true })
    expect((await pay()).status).toBe(502)
    expect((await pay()).status, 'too early to be certain').toBe(502)
    expect(await merchant.atStripe('payment_intents')).toEqual([])
    pass(3 * MINUTE_MS)
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })

  it('is passed although the client asks every minute, as every try was answered', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ status: 500, stored: true })
    const statuses = []
    for (let tries = 0; tries < 4; tries += 1) {
      // oxlint-disable-next-line no-await-in-loop
      statuses.push((await pay()).status)
      pass(MINUTE_MS)
    }
    expect(statuses).toEqual([502, 502, 201, 201])
    expect(await merchant.atStripe('payment_intents')).toHaveLength(1)
  })

  it('is not passed while a lost try may still be under way', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ status: 500, stored: true })
    expect((await pay()).status).toBe(502)
    pass(3 * MINUTE_MS)
    await fault({ reset: true })
    expect((await pay()).status, 'lost on the way').toBe(502)
    pass(MINUTE_MS)
    expect((await pay()).status, 'a minute is not enough').toBe(502)
    expect(await merchant.atStripe('payment_intents')).toEqual([])
    pass(2 * MINUTE_MS)
    expect((await pay()).status).toBe(201)
  })

  it('of a key that Stripe has forgotten is passed when nothing was made', async () => {
    await fault({ reset: true, times: 2 })
    expect((await pay()).status).toBe(502)
    pass(25 * HOUR_MS)
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })

  it('is not passed where too much was made since for a proof: its event finds it', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await fault({ after_commit: true, times: 2 })
    expect((await pay()).status).toBe(502)
    isListEndless = true
    const unknown = await pay()
    expect(unknown).toMatchObject({
      status: 502,
      body: { code: 'stripe_unavailable', detail: expect.stringContaining('too much was done since') },
    })
    expect(unknown.headers.get('retry-after')).toBe('60')
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.settle()
    const found = await pay()
    expect(found).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    isListEndless = false
    await expectOne(found.body['id'])
  })

  it('of a key that Stripe may have forgotten is not passed while its last try may still be under way', async () => {
    await fault({ reset: true, times: 2 })
    expect((await pay()).status).toBe(502)
    pass(23 * HOUR_MS - MINUTE_MS)
    await fault({ reset: true })
    expect((await pay()).status).toBe(502)
    pass(MINUTE_MS)
    expect(await pay()).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_use' } })
    expect(await merchant.atStripe('payment_intents')).toEqual([])
    pass(MINUTE_MS)
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })

  it('that was a refusal is passed once the account may charge again', async () => {
    await fault({ status: 400, stored: true, message: 'Your account cannot currently make charges.' })
    expect(await pay()).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
    expect((await pay()).status).toBe(201)
  })
})

describe('an Idempotency-Key', () => {
  it('travels to Stripe, which tells it with the event of what was done under it', async () => {
    const { body } = await pay()
    const answer = await gatehouse.simulator.fetch(
      new Request('http://stripe.test/v1/events?type=payment_intent.succeeded', {
        headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': merchant.account },
      }),
    )
    expect(await answer.json()).toMatchObject({
      data: [
        {
          data: { object: { id: body['id'] } },
          request: { idempotency_key: expect.stringMatching(/^gatehouse:.+:order-1:1$/) },
        },
      ],
    })
  })

  it('answers a replay with the first answer, whatever became of the payment since', async () => {
    const first = await pay({ capture_method: 'manual' })
    await gatehouse.sim('POST', '/_sim/clock', { advance_s: 8 * 86_400 })
    await gatehouse.settle()
    const again = await pay({ capture_method: 'manual' })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('keeps a decline as its answer, and a new one is a new attempt', async () => {
    const first = await pay({ payment_method: 'pm_card_chargeDeclined' })
    expect(first).toMatchObject({
      status: 402,
      body: { code: 'card_declined', payment: { status: 'requires_payment_method' } },
    })
    const again = await pay({ payment_method: 'pm_card_chargeDeclined' })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await merchant.pay()).status).toBe(201)
  })

  it('answers a decline that was lost as the decline it was', async () => {
    await fault({ after_commit: true, times: 2 })
    expect((await pay({ payment_method: 'pm_card_chargeDeclined' })).status).toBe(502)
    const again = await pay({ payment_method: 'pm_card_chargeDeclined' })
    expect(again).toMatchObject({ status: 402, body: { code: 'card_declined' } })
    await expectOne(again.body['payment'].id)
  })

  it('is refused with another body, also where only the payment remembers the first', async () => {
    storage = 'gone once Stripe has acted'
    await pay()
    storage = 'there'
    await gatehouse.settle()
    const other = await pay({ amount: 2000 })
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })

  it.each([
    ['marks', true],
    ['does not mark', false],
  ])('finds the payment as it is now, where Stripe %s its answer as one of before', async (_, header) => {
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: header })
    storage = 'gone once Stripe has acted'
    expect((await pay({ capture_method: 'manual' })).status).toBe(503)
    storage = 'there'
    pass(5_000)
    const [{ id }] = await merchant.atStripe('payment_intents')
    await gatehouse.simulator.fetch(
      new Request(`http://stripe.test/v1/payment_intents/${id}/cancel`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': merchant.account },
      }),
    )
    expect(await pay({ capture_method: 'manual' })).toMatchObject({
      status: 201,
      body: { id, status: 'canceled' },
    })
    expect((await merchant.read(id)).body).toMatchObject({ status: 'canceled' })
  })

  it('of a decline whose answer was lost takes nothing back that has become of the payment since', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    storage = 'gone once Stripe has acted'
    const decline = () => pay({ payment_method: 'pm_card_chargeDeclined' })
    expect((await decline()).status).toBe(503)
    storage = 'there'
    const [intent] = await merchant.atStripe('payment_intents')
    await gatehouse.sim('POST', `/_sim/payment_intents/${intent.id}/pay`, {})
    expect(await decline()).toMatchObject({
      status: 402,
      body: { code: 'card_declined', payment: { id: intent.id, status: 'succeeded', amount_captured: 1000 } },
    })
    expect((await merchant.read(intent.id)).body).toMatchObject({ status: 'succeeded' })
  })

  it('is refused for another account, another payment and another command', async () => {
    const first = await pay({ capture_method: 'manual' })
    const other = await anEnabledMerchant(gatehouse)
    const key = { idempotencyKey: 'order-1' }
    const reused = { status: 409, body: { code: 'idempotency_key_reused' } }
    const { result, trips } = await gatehouse.counting(async () => [
      await other.pay({ capture_method: 'manual' }, key),
      await merchant.checkout({}, key),
      await merchant.command(first.body['id'], 'capture', {}, key),
    ])
    expect(result).toMatchObject([reused, reused, reused])
    expect(trips).toEqual({ libsql: 3, stripe: 0 })
  })

  it('of an unknown outcome is refused with another body', async () => {
    await fault({ reset: true, times: 2 })
    await pay()
    expect(await pay({ amount: 2000 })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })
  })
})

describe('the round trips of a charge', () => {
  it.each([
    { name: 'made', libsql: 2, stripe: 1, before: async () => {} },
    {
      name: 'refused by the gate',
      libsql: 1,
      stripe: 0,
      before: () =>
        gatehouse.call('POST', `/v1/accounts/${merchant.account}/hold`, { body: { reason: 'test' } }),
    },
    { name: 'replayed', libsql: 1, stripe: 0, before: () => pay() },
    { name: 'declined', libsql: 2, stripe: 1, before: async () => {}, card: 'pm_card_chargeDeclined' },
  ])('$name: $libsql to libSQL and $stripe to Stripe', async ({ libsql, stripe, before, card }) => {
    await before()
    await gatehouse.settle()
    const { trips } = await gatehouse.counting(() => pay(card ? { payment_method: card } : {}))
    expect(trips).toEqual({ libsql, stripe })
  })
})

it('says of a second payment that carries the name of the first that it may be one too many', async () => {
  const first = await pay()
  await gatehouse.settle()
  // As if Stripe had mended, later and by hand, what an answer had said to have failed.
  const [intent] = await merchant.atStripe('payment_intents')
  const { id } = await madeElsewhere(gatehouse, merchant.account, {
    what: 'payment_intents',
    params: { amount: '1000', currency: 'usd', ...asMetadata(intent.metadata) },
  })
  await gatehouse.settle()
  const rows = await database.rows(
    "SELECT detail FROM inbox WHERE payload ->> '$.data.object.id' = ? AND type = 'payment_intent.created'",
    [id],
  )
  expect(rows).toMatchObject([{ detail: expect.stringContaining('may have been made twice') }])
  const stored = await database.rows(
    "SELECT id, external_id FROM instances WHERE machine = 'payment' ORDER BY created_at",
  )
  expect(stored).toMatchObject([
    { id: first.body['id'], external_id: expect.stringMatching(/:order-1$/) },
    { id, external_id: null },
  ])
})
