/** Webhooks may overtake the answer that caused them, within one second: the client still gets Stripe's answer. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks, releaseWebhooks } from '../support/hold-webhooks.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
const NOON = Date.parse('2026-11-23T12:00:00Z')
/** Deliver every webhook before Stripe's answer to a POST. */
let webhooksOvertake = false

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, {
    // The clock stands still, so no two events can be ordered by their second.
    now: () => NOON,
    simulator: { now: () => NOON },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const answer = await next(request)
      const isPost = new URL(request.url).hostname === 'stripe.test' && request.method === 'POST'
      if (isPost && webhooksOvertake) {
        await gatehouse.sim('POST', '/_sim/deliver', {})
        await gatehouse.simulator.settle()
      }
      return answer
    },
  })
  merchant = await anEnabledMerchant(gatehouse)
  await holdWebhooks(gatehouse)
  webhooksOvertake = true
})
afterAll(() => database.stop())

it('create, capture and refund within one second are each answered with what Stripe answered', async () => {
  const made = await merchant.pay({ capture_method: 'manual' })
  expect(made).toMatchObject({ status: 201, body: { status: 'requires_capture', amount_capturable: 1000 } })
  const id: string = made.body['id']
  const captured = await merchant.command(id, 'capture', { amount: 600 })
  expect(captured).toMatchObject({ status: 200, body: { status: 'succeeded', amount_captured: 600 } })
  const refunded = await merchant.command(id, 'refunds', { amount: 200 })
  expect(refunded).toMatchObject({ status: 201, body: { amount: 200 } })

  await releaseWebhooks(gatehouse)
  expect((await merchant.read(id)).body).toMatchObject({
    status: 'succeeded',
    amount_captured: 600,
    amount_refunded: 200,
  })
})

it('a capture that the bank declines is answered with the remaining payment, and so is every replay', async () => {
  const { body } = await merchant.pay({ capture_method: 'manual' })
  await gatehouse.settle()
  await gatehouse.sim('POST', '/_sim/faults', {
    route: 'POST /v1/payment_intents/{id}/capture',
    status: 402,
    stored: true,
  })
  const capture = (idempotencyKey: string) =>
    merchant.command(body['id'], 'capture', { amount: 600 }, { idempotencyKey })
  const declined = await capture('capture-1')
  expect(declined).toMatchObject({
    status: 402,
    body: {
      code: 'card_declined',
      decline_code: 'generic_decline',
      payment: { id: body['id'], status: 'requires_capture', amount_captured: 0 },
    },
  })
  const { result: replayed, trips } = await gatehouse.counting(() => capture('capture-1'))
  expect(replayed).toMatchObject({ status: 402, body: declined.body })
  expect(replayed.headers.get('idempotent-replayed')).toBe('true')
  expect(trips).toEqual({ libsql: 1, stripe: 0 })
  expect(await capture('capture-2')).toMatchObject({ status: 200, body: { amount_captured: 600 } })
})

it('a payment canceled in the second of its creation is answered as canceled', async () => {
  await holdWebhooks(gatehouse)
  const made = await merchant.pay({ confirm: false, payment_method: undefined })
  const canceled = await merchant.command(made.body['id'], 'cancel')
  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled', commands: [] } })
})
