import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { asMetadata, callStripe, madeElsewhere } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks, releaseWebhooks } from '../support/hold-webhooks.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
/** How far the clock is ahead, for Stripe and for us, in ms. */
let clockAheadMs = 0
const now = () => Date.now() + clockAheadMs
let databaseIs: 'up' | 'down after Stripe answers' | 'down' = 'up'
/** Stripe's list of payments never ends, so a search cannot be completed. */
let isListEndless = false

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  clockAheadMs = 0
  databaseIs = 'up'
  isListEndless = false
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const isStripe = request.url.startsWith('http://stripe.test')
      if (databaseIs === 'down' && !isStripe) throw new TypeError('the database is down')
      const isList = isStripe && request.method === 'GET' && /\/payment_intents\?/.test(request.url)
      if (isList && isListEndless)
        return Response.json(ENDLESS, { headers: { date: new Date(now()).toUTCString() } })
      const answer = await next(request)
      if (databaseIs === 'down after Stripe answers' && isStripe) databaseIs = 'down'
      return answer
    },
  })
  merchant = await anEnabledMerchant(gatehouse)
})

const ENDLESS = { object: 'list', url: '/', data: [{ id: 'pi_of_another_request' }], has_more: true }
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const pass = (ms: number) => {
  clockAheadMs += ms
}
const fault = (over: object) =>
  gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/payment_intents', ...over })
const pay = (body: object = {}) => merchant.pay(body, { idempotencyKey: 'order-1' })

/** Stripe and the database have this payment, and no other. */
async function expectOne(id: string | undefined): Promise<void> {
  await gatehouse.settle()
  expect((await merchant.atStripe('payment_intents')).map((intent) => intent.id)).toEqual([id])
  const stored = await database.rows("SELECT id, external_id FROM instances WHERE machine = 'payment'")
  expect(stored).toMatchObject([{ id, external_id: expect.stringMatching(/:order-1$/) }])
}

describe('a charge is created once', () => {
  it('when Stripe’s answer is lost', async () => {
    await fault({ after_commit: true, times: 2 })
    expect(await pay()).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })
    const again = await pay()
    expect(again).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await expectOne(again.body['id'])
  })

  it('when the database fails before the answer is stored', async () => {
    databaseIs = 'down after Stripe answers'
    expect(await pay()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    databaseIs = 'up'
    const again = await pay()
    expect(again.status).toBe(201)
    await expectOne(again.body['id'])
  })

  it('when the client does not retry, and its webhook begins it', async () => {
    await fault({ after_commit: true, times: 2 })
    await pay()
    await gatehouse.settle()
    const list = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/payments`)
    expect(list.body['data']).toMatchObject([{ status: 'succeeded', amount: 1000 }])
    await expectOne(list.body['data'][0].id)
  })

  it('when the gate closes before the retry', async () => {
    await holdWebhooks(gatehouse)
    await fault({ after_commit: true, times: 2 })
    await pay()
    const { account } = merchant
    await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'looks odd' } })
    const again = await pay()
    expect(again).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await releaseWebhooks(gatehouse)
    await expectOne(again.body['id'])
  })

  it('when the fee policy changes before the retry', async () => {
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

  it('when its webhook is lost and Stripe has forgotten the key', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await fault({ after_commit: true, times: 2 })
    await pay()
    pass(25 * HOUR_MS)
    const again = await pay()
    expect(again.status).toBe(201)
    await expectOne(again.body['id'])
  })

  it('when Stripe created it but stored a failure', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ after_commit: true, status: 500, stored: true })
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })
})

describe('a failed charge', () => {
  it('is sent under a new key at once if Stripe marks the failure as replayed', async () => {
    await fault({ status: 500, stored: true })
    const made = await pay()
    expect(made).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    await expectOne(made.body['id'])
  })

  it('is sent under a new key after two minutes if Stripe does not mark the stored failure', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ status: 500, stored: true })
    expect((await pay()).status).toBe(502)
    expect((await pay()).status, 'an earlier send may still run').toBe(502)
    expect(await merchant.atStripe('payment_intents')).toEqual([])
    pass(3 * MINUTE_MS)
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })

  it('is sent under a new key although the client retries every minute, because every send was answered', async () => {
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

  it('is not sent under a new key while a lost send may still run', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await fault({ status: 500, stored: true })
    expect((await pay()).status).toBe(502)
    pass(3 * MINUTE_MS)
    await fault({ reset: true })
    expect((await pay()).status, 'the send is lost').toBe(502)
    pass(MINUTE_MS)
    expect((await pay()).status, 'the lost send may still run').toBe(502)
    expect(await merchant.atStripe('payment_intents')).toEqual([])
    pass(2 * MINUTE_MS)
    expect((await pay()).status).toBe(201)
  })

  it('is sent under a new key if Stripe has forgotten the old one and created nothing', async () => {
    await fault({ reset: true, times: 2 })
    expect((await pay()).status).toBe(502)
    pass(25 * HOUR_MS)
    const made = await pay()
    expect(made.status).toBe(201)
    await expectOne(made.body['id'])
  })

  it('is not sent under a new key if the search cannot be completed; its webhook brings the payment', async () => {
    await holdWebhooks(gatehouse)
    await fault({ after_commit: true, times: 2 })
    expect((await pay()).status).toBe(502)
    isListEndless = true
    const unknown = await pay()
    expect(unknown).toMatchObject({
      status: 502,
      body: {
        code: 'stripe_unavailable',
        detail: expect.stringContaining('too long to search for the object'),
      },
    })
    expect(unknown.headers.get('retry-after')).toBe('60')
    await releaseWebhooks(gatehouse)
    const found = await pay()
    expect(found).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    isListEndless = false
    await expectOne(found.body['id'])
  })

  it('is not sent under a new key while the last send may still run, even if Stripe has forgotten the old one', async () => {
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

  it('is sent under a new key after a stored refusal, once the account may charge again', async () => {
    await fault({ status: 400, stored: true, message: 'Your account cannot currently make charges.' })
    expect(await pay()).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
    expect((await pay()).status).toBe(201)
  })
})

describe('an Idempotency-Key', () => {
  it('is sent to Stripe, whose event shows it', async () => {
    const { body } = await pay()
    const events = await callStripe(gatehouse, merchant.account, {
      call: 'GET /v1/events?type=payment_intent.succeeded',
    })
    expect(events).toMatchObject({
      data: [
        {
          data: { object: { id: body['id'] } },
          request: { idempotency_key: expect.stringMatching(/^gatehouse:.+:order-1:1$/) },
        },
      ],
    })
  })

  it('is answered with the first answer, although the payment has changed', async () => {
    const first = await pay({ capture_method: 'manual' })
    await gatehouse.sim('POST', '/_sim/clock', { advance_s: 8 * 86_400 })
    await gatehouse.settle()
    const again = await pay({ capture_method: 'manual' })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('keeps a decline as its answer; a new key is a new attempt', async () => {
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

  it('is answered with the decline whose answer was lost', async () => {
    await fault({ after_commit: true, times: 2 })
    expect((await pay({ payment_method: 'pm_card_chargeDeclined' })).status).toBe(502)
    const again = await pay({ payment_method: 'pm_card_chargeDeclined' })
    expect(again).toMatchObject({ status: 402, body: { code: 'card_declined' } })
    await expectOne(again.body['payment'].id)
  })

  it('is refused with another body, even if only the payment knows the first', async () => {
    databaseIs = 'down after Stripe answers'
    await pay()
    databaseIs = 'up'
    await gatehouse.settle()
    const other = await pay({ amount: 2000 })
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })

  it.each([
    ['marks', true],
    ['does not mark', false],
  ])('is answered with the current payment if Stripe %s its answer as a replay', async (_, header) => {
    await holdWebhooks(gatehouse)
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: header })
    databaseIs = 'down after Stripe answers'
    expect((await pay({ capture_method: 'manual' })).status).toBe(503)
    databaseIs = 'up'
    pass(5_000)
    const [{ id }] = await merchant.atStripe('payment_intents')
    await callStripe(gatehouse, merchant.account, { call: `POST /v1/payment_intents/${id}/cancel` })
    expect(await pay({ capture_method: 'manual' })).toMatchObject({
      status: 201,
      body: { id, status: 'canceled' },
    })
    expect((await merchant.read(id)).body).toMatchObject({ status: 'canceled' })
  })

  it('of a lost decline does not undo a later payment', async () => {
    await holdWebhooks(gatehouse)
    databaseIs = 'down after Stripe answers'
    const decline = () => pay({ payment_method: 'pm_card_chargeDeclined' })
    expect((await decline()).status).toBe(503)
    databaseIs = 'up'
    const [intent] = await merchant.atStripe('payment_intents')
    await gatehouse.sim('POST', `/_sim/payment_intents/${intent.id}/pay`, {})
    expect(await decline()).toMatchObject({
      status: 402,
      body: { code: 'card_declined', payment: { id: intent.id, status: 'succeeded', amount_captured: 1000 } },
    })
    expect((await merchant.read(intent.id)).body).toMatchObject({ status: 'succeeded' })
  })

  it('is refused for another account and for another command', async () => {
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

  it('with an unknown outcome is refused with another body', async () => {
    await fault({ reset: true, times: 2 })
    await pay()
    expect(await pay({ amount: 2000 })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })
  })
})

describe('a charge', () => {
  it.each([
    { name: 'that is created', libsql: 2, stripe: 1, before: async () => {} },
    {
      name: 'that the gate refuses',
      libsql: 1,
      stripe: 0,
      before: () =>
        gatehouse.call('POST', `/v1/accounts/${merchant.account}/hold`, { body: { reason: 'test' } }),
    },
    { name: 'that is replayed', libsql: 1, stripe: 0, before: () => pay() },
    {
      name: 'that is declined',
      libsql: 2,
      stripe: 1,
      before: async () => {},
      card: 'pm_card_chargeDeclined',
    },
  ])(
    '$name costs $libsql round trips to libSQL and $stripe to Stripe',
    async ({ libsql, stripe, before, card }) => {
      await before()
      await gatehouse.settle()
      const { trips } = await gatehouse.counting(() => pay(card ? { payment_method: card } : {}))
      expect(trips).toEqual({ libsql, stripe })
    },
  )
})

it('the inbox says of a second payment with the mark of the first that it may be a duplicate', async () => {
  const first = await pay()
  await gatehouse.settle()
  // As if Stripe had later repaired by hand a charge that it had answered as failed.
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
