/** A payment in workerd, over real connections: authorized, partially captured, partially refunded, disputed. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'

let database: TestDatabase
let worker: RunningWorker

beforeAll(async () => {
  database = await startDatabase()
  worker = await startWorker(database)
})
afterAll(async () => {
  await worker?.stop()
  await database?.stop()
})

it('a payment follows its commands and Stripe’s events', async () => {
  const created = await worker.call('POST', '/v1/accounts', { body: { external_id: 'shop', country: 'US' } })
  const account: string = created.body['id']
  await worker.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await worker.eventually(
    () => worker.call('GET', `/v1/accounts/${account}`),
    ({ body }) => body['gates'].charge.open,
  )
  const made = await worker.call('POST', `/v1/accounts/${account}/payments`, {
    body: {
      amount: 1000,
      currency: 'usd',
      application_fee_amount: 100,
      capture_method: 'manual',
      payment_method: 'pm_card_visa',
      confirm: true,
    },
  })
  expect(made).toMatchObject({
    status: 201,
    body: { status: 'requires_capture', commands: ['capture', 'cancel'] },
  })
  const path = `/v1/accounts/${account}/payments/${made.body['id']}`
  const payment = async () => (await worker.call('GET', path)).body

  const captured = await worker.call('POST', `${path}/capture`, { body: { amount: 600 } })
  expect(captured).toMatchObject({
    status: 200,
    body: { status: 'succeeded', amount_captured: 600, application_fee_amount: 60, commands: ['refund'] },
  })
  expect(await worker.call('POST', `${path}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'payment_state_conflict' },
  })
  expect(await worker.eventually(payment, ({ fee }) => fee === 'collected')).toMatchObject({
    fee: 'collected',
  })

  const refund = await worker.call('POST', `${path}/refunds`, {
    body: { amount: 200, refund_application_fee: true },
  })
  expect(refund).toMatchObject({ status: 201, body: { amount: 200, payment: made.body['id'] } })
  const refunded = await worker.eventually(payment, (body) => body['application_fee_refunded'] === 20)
  expect(refunded).toMatchObject({ refund: 'partial', amount_refunded: 200, amount_refundable: 400 })

  await worker.sim('POST', `/_sim/payment_intents/${made.body['id']}/dispute`, {})
  const disputed = await worker.eventually(payment, ({ dispute }) => dispute === 'open')
  expect(disputed).toMatchObject({ commands: [], dispute_due_by: expect.any(String) })

  const { data } = await worker.sim('GET', `/_sim/books?account=${account}`)
  expect(data).toMatchObject([{ charged: 600, refunded: 200, application_fees_paid: 40, balanced: true }])
})
