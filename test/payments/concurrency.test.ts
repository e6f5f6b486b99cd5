/** Concurrent requests with the same keys create one payment and give one answer for each key. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, { simulator: { concurrency: 16 } })
  merchant = await anEnabledMerchant(gatehouse)
  // Stripe answers slowly, so that requests with one key overlap there.
  await gatehouse.sim('POST', '/_sim/switches', { latency_ms: 20 })
})
afterAll(() => database.stop())

const KEYS = 200
const REQUESTS_PER_KEY = 5

/** Retries with the same key while the answer says that this is safe. */
async function untilAnswered(key: string, body: object): Promise<Answer> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await merchant.pay(body, { idempotencyKey: key })
    const isRetriable = answer.status >= 500 || answer.body['code'] === 'idempotency_key_in_use'
    if (!isRetriable) return answer
    expect(answer.headers.get('retry-after')).not.toBeNull()
  }
}

it('1,000 concurrent requests with 200 keys create 200 payments, and requests with the same key get the same answer', async () => {
  const calls = Array.from({ length: KEYS * REQUESTS_PER_KEY }, (_, index) => index % KEYS)
  const answers = await Promise.all(
    calls.map(async (index) => ({
      index,
      answer: await untilAnswered(`order-${index}`, { amount: 1000 + index, application_fee_amount: 100 }),
    })),
  )
  expect(answers.every(({ answer }) => answer.status === 201)).toBe(true)
  for (const { index, answer } of answers) {
    expect(answer.body, `order ${index}`).toEqual(answers[index]?.answer.body)
    expect(answer.body['amount']).toBe(1000 + index)
  }

  await gatehouse.simulator.advance(5)
  await gatehouse.settle()
  expect(await merchant.atStripe('payment_intents')).toHaveLength(KEYS)
  const { data } = await gatehouse.sim('GET', `/_sim/books?account=${merchant.account}`)
  const total = Array.from({ length: KEYS }, (_, index) => 1000 + index).reduce(
    (sum, amount) => sum + amount,
    0,
  )
  expect(data).toMatchObject([{ charged: total, application_fees_paid: KEYS * 100, balanced: true }])
  const [stored] = await database.rows(
    "SELECT COUNT(*) AS payments, COUNT(DISTINCT external_id) AS external_ids FROM instances WHERE machine = 'payment'",
  )
  expect(stored).toMatchObject({ payments: KEYS, external_ids: KEYS })
}, 180_000)

it('ten concurrent refunds of 300 refund no more than the 1,000 that were paid', async () => {
  const made = await merchant.pay({ amount: 1000 })
  await gatehouse.settle()
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => merchant.command(made.body['id'], 'refunds', { amount: 300 })),
  )
  await gatehouse.settle()
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
  expect(answers.flatMap(({ status, body }) => (status === 201 ? [] : [body['code']]))).toEqual(
    Array.from({ length: 7 }, () => 'refund_exceeds_payment'),
  )
  expect((await merchant.read(made.body['id'])).body).toMatchObject({
    amount_refunded: 900,
    amount_refundable: 100,
    refund: 'partial',
  })
})

it('ten concurrent captures capture once', async () => {
  const made = await merchant.pay({ amount: 1000, capture_method: 'manual' })
  await gatehouse.settle()
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      merchant.command(made.body['id'], 'capture', { amount: 100 + index }),
    ),
  )
  await gatehouse.settle()
  const [captured, ...others] = answers.filter(({ status }) => status === 200)
  expect(others).toEqual([])
  expect(answers.flatMap(({ status, body }) => (status === 200 ? [] : [body['code']]))).toEqual(
    Array.from({ length: 9 }, () => 'payment_state_conflict'),
  )
  expect((await merchant.read(made.body['id'])).body).toMatchObject({
    status: 'succeeded',
    amount_captured: captured?.body['amount_captured'],
  })
})
