import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAYMENT_STATUSES } from '../../machines/payment/derive.ts'
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
import { paymentBody } from '../../src/payments/view.ts'
import { aDispute, aPayment, aPaymentTruth, members } from '../support/a-payment.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  merchant = await anEnabledMerchant(gatehouse)
})
afterAll(() => database.stop())

/** A payment in the state a test starts from. */
async function paid(body: object = {}): Promise<string> {
  const made = await merchant.pay(body)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  await gatehouse.settle()
  return made.body['id']
}
const authorized = (body: object = {}) => paid({ capture_method: 'manual', ...body })
const unpaid = () => paid({ confirm: false, payment_method: undefined })

/** Until asynchronous captures and their fees are through. */
async function whenSettled(): Promise<void> {
  await gatehouse.simulator.advance(5)
  await gatehouse.settle()
}
const fees = async () => (await gatehouse.sim('GET', '/v1/application_fees?limit=1')).data[0]

describe('capture', () => {
  it('takes what was authorized', async () => {
    const id = await authorized({ application_fee_amount: 100 })
    const captured = await merchant.command(id, 'capture')
    expect(captured).toMatchObject({
      status: 200,
      body: { status: 'succeeded', amount_captured: 1000, amount_refundable: 1000, fee: 'pending' },
    })
    await whenSettled()
    expect((await merchant.read(id)).body).toMatchObject({ fee: 'collected', application_fee_amount: 100 })
  })

  it.each([
    { captured: 400, asked: {}, fee: 40 },
    { captured: 404, asked: {}, fee: 40, why: 'rounded half up' },
    { captured: 405, asked: {}, fee: 41, why: 'rounded half up' },
    { captured: 400, asked: { application_fee_amount: 77 }, fee: 77, why: 'as the request says' },
  ])('of $captured takes a fee of $fee $why', async ({ captured, asked, fee }) => {
    const id = await authorized({ application_fee_amount: 100 })
    const answer = await merchant.command(id, 'capture', { amount: captured, ...asked })
    expect(answer.body).toMatchObject({
      status: 'succeeded',
      amount: 1000,
      amount_captured: captured,
      application_fee_amount: fee,
    })
    await whenSettled()
    expect((await merchant.read(id)).body).toMatchObject({ fee: 'collected', application_fee_amount: fee })
    expect(await fees()).toMatchObject({ amount: fee })
  })

  it.each([
    [{ amount: 1010 }, 'amount', 'amount_exceeds_capturable'],
    [{ amount: 500, application_fee_amount: 500 }, 'application_fee_amount', 'fee_exceeds_amount'],
    [{ amount: 505 }, 'amount', 'amount_not_whole'],
    [{ amount: 500, application_fee_amount: 15 }, 'application_fee_amount', 'amount_not_whole'],
  ])('refuses %j by the rule it breaks', async (body, path, rule) => {
    const id = await authorized({ currency: 'kwd' })
    const { result, trips } = await gatehouse.counting(() => merchant.command(id, 'capture', body))
    expect(result).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_request',
        detail: expect.stringMatching(new RegExp(`^${path}: ${rule}: `)),
        errors: [{ path, rule, message: expect.stringMatching(new RegExp(`^${rule}: `)) }],
      },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('lets the rest go, and never counts it as refunded, however Stripe shows it', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { partial_capture: 'refunded' })
    const id = await authorized()
    await merchant.command(id, 'capture', { amount: 600 })
    await gatehouse.settle()
    const refunded = await merchant.command(id, 'refunds', { amount: 600 })
    expect(refunded).toMatchObject({ status: 201, body: { status: 'succeeded', amount: 600 } })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({
      amount_captured: 600,
      amount_refunded: 600,
      refund: 'full',
    })
    await gatehouse.sim('POST', '/_sim/switches', { partial_capture: 'released' })
  })
})

it('a capture whose answer was lost is not found in one of another amount', async () => {
  const id = await authorized()
  const route = 'POST /v1/payment_intents/{id}/capture'
  await gatehouse.sim('POST', '/_sim/faults', { route, reset: true, times: 2 })
  const capture = () => merchant.command(id, 'capture', { amount: 600 }, { idempotencyKey: `capture-${id}` })
  expect((await capture()).status).toBe(502)
  const elsewhere = await merchant.command(id, 'capture', { amount: 400 })
  expect(elsewhere).toMatchObject({ status: 200, body: { amount_captured: 400 } })
  expect(await capture()).toMatchObject({
    status: 409,
    body: { code: 'payment_state_conflict', command: 'capture', state: { payment: 'succeeded' } },
  })
})

describe('cancel', () => {
  it('lets an authorization go', async () => {
    const id = await authorized({ application_fee_amount: 100 })
    const canceled = await merchant.command(id, 'cancel')
    expect(canceled).toMatchObject({
      status: 200,
      body: { status: 'canceled', amount_captured: 0, fee: 'none', commands: [] },
    })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ status: 'canceled', refund: 'none' })
  })

  it('ends what nobody has paid', async () => {
    const id = await unpaid()
    expect(await merchant.command(id, 'cancel')).toMatchObject({ status: 200, body: { status: 'canceled' } })
  })
})

describe('a command the state does not take', () => {
  const COMMANDS = {
    capture: 'capture.requested',
    cancel: 'cancel.requested',
    refunds: 'refund.requested',
  } as const
  /** What changes which commands there are: one that has taken the money. */
  const DISPUTES = [null, 'needs_response']

  /** As if Stripe had shown it so: the payment that is stored under the id. */
  async function store(id: string, status: string, dispute: string | null): Promise<LivePayment> {
    const { value, context } = aPayment({
      payment: aPaymentTruth({ status }),
      disputes: members('du', ...(dispute === null ? [] : [aDispute({ status: dispute })])),
    })
    const live = { value, context: { ...context, id, account: merchant.account } }
    await database.rows('UPDATE instances SET value = ?, context = ? WHERE id = ?', [
      JSON.stringify(live.value),
      JSON.stringify(live.context),
      id,
    ])
    return { version: payment.version, ...live }
  }

  it.each([...PAYMENT_STATUSES, 'a_status_of_tomorrow'])(
    'is refused by the machine of a payment that is %s, whatever its dispute: with the state, and without a call to Stripe',
    async (status) => {
      const id = await paid()
      let refused = 0
      for (const dispute of DISPUTES) {
        const live = await store(id, status, dispute)
        const commands = Object.entries(COMMANDS).flatMap(([name, type]) =>
          payment.takes(live, { type }) ? [name.replace('refunds', 'refund')] : [],
        )
        for (const [name, type] of Object.entries(COMMANDS)) {
          if (payment.takes(live, { type })) continue
          refused += 1
          const { result, trips } = await gatehouse.counting(() => merchant.command(id, name))
          expect(result, `${name} of ${status} with ${dispute}`).toMatchObject({
            status: 409,
            body: {
              code: 'payment_state_conflict',
              payment: id,
              account: merchant.account,
              state: live.value,
              commands,
              detail: expect.stringContaining(`payment ${live.value['payment']}`),
            },
          })
          expect(trips).toEqual({ libsql: 1, stripe: 0 })
        }
      }
      expect(refused).toBeGreaterThan(0)
    },
  )

  it('is refused as such where only Stripe knew the state', async () => {
    const id = await authorized()
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await gatehouse.simulator.fetch(
      new Request(`http://stripe.test/v1/payment_intents/${id}/cancel`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': merchant.account },
      }),
    )
    expect(await merchant.command(id, 'capture')).toMatchObject({
      status: 409,
      body: { code: 'payment_state_conflict', state: { payment: 'canceled' } },
    })
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.settle()
  })

  it('about a payment of another account finds nothing', async () => {
    const other = await anEnabledMerchant(gatehouse)
    const id = await paid()
    expect(await other.command(id, 'refunds')).toMatchObject({
      status: 404,
      body: { code: 'payment_not_found' },
    })
  })
})

it('what was authorized before an operator held the account can be captured, or let go', async () => {
  const other = await anEnabledMerchant(gatehouse)
  const [one, two] = [
    await other.pay({ capture_method: 'manual' }),
    await other.pay({ capture_method: 'manual' }),
  ]
  await gatehouse.call('POST', `/v1/accounts/${other.account}/hold`, { body: { reason: 'looks odd' } })
  expect(await other.pay()).toMatchObject({ status: 409, body: { code: 'gate_closed' } })
  const captured = await other.command(one.body['id'], 'capture')
  expect(captured).toMatchObject({ status: 200, body: { status: 'succeeded', amount_captured: 1000 } })
  expect(await other.command(two.body['id'], 'cancel')).toMatchObject({ body: { status: 'canceled' } })
})

describe('for an account that left', () => {
  it.each([
    ['and said so', false],
    ['before anybody was told', true],
  ])('%s, every command is refused, and the payments stay readable', async (_, isUnheard) => {
    const other = await anEnabledMerchant(gatehouse)
    const [held, alsoHeld] = [
      await other.pay({ capture_method: 'manual' }),
      await other.pay({ capture_method: 'manual' }),
    ]
    const paidThere = await other.pay()
    await gatehouse.settle()
    if (isUnheard) await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await gatehouse.sim('POST', `/_sim/accounts/${other.account}/deauthorize`, {})
    await gatehouse.settle()

    const closed = (gate: string) => ({
      status: 409,
      body: { code: 'gate_closed', gate, blockers: [{ code: 'account_disconnected', actor: 'merchant' }] },
    })
    const first = await gatehouse.counting(() => other.command(held.body['id'], 'capture'))
    expect(first.result).toMatchObject(closed('refund'))
    // Stripe's refusal of the first is what tells of it; it is asked once how the account is, and not again.
    expect(first.trips.stripe).toBe(isUnheard ? 2 : 0)
    const { result: rest, trips } = await gatehouse.counting(() =>
      Promise.all([
        other.command(alsoHeld.body['id'], 'cancel'),
        other.command(paidThere.body['id'], 'refunds'),
        other.pay(),
        other.checkout(),
      ]),
    )
    expect(rest).toMatchObject([closed('refund'), closed('refund'), closed('charge'), closed('charge')])
    expect(trips).toEqual({ libsql: 4, stripe: 0 })
    expect((await other.read(held.body['id'])).body).toMatchObject({ status: 'requires_capture' })

    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.settle()
  })
})

describe('reading', () => {
  const captured = { status: 'succeeded', captured: true, amount_captured: 600, application_fee_amount: 60 }
  it.each([
    ['as it was asked for', {}, 100],
    ['as it was restated at capture', { charges: members('ch', captured) }, 60],
    [
      'as it was collected',
      { charges: members('ch', captured), fees: members('fee', { amount: 59, amount_refunded: 9 }) },
      59,
    ],
  ])('shows the fee %s', (_, observation, fee) => {
    const live = aPayment({ payment: aPaymentTruth({ application_fee_amount: 100 }), ...observation })
    expect(paymentBody(live, { createdAt: 0, livemode: false }).application_fee_amount).toBe(fee)
  })

  it('pages through an account’s payments, newest first, and shows none of another', async () => {
    const other = await anEnabledMerchant(gatehouse)
    const made: string[] = []
    for (let count = 0; count < 3; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      made.unshift((await other.pay()).body['id'])
    }
    await paid()
    const list = (query: string) =>
      gatehouse.call('GET', `/v1/accounts/${other.account}/payments?limit=2${query}`)
    const first = await list('')
    expect(first.body).toMatchObject({ has_more: true, next_cursor: expect.any(String) })
    const rest = await list(`&cursor=${first.body['next_cursor']}`)
    expect([...first.body['data'], ...rest.body['data']].map(({ id }) => id)).toEqual(made)
    expect(rest.body).toMatchObject({ has_more: false, next_cursor: null })
    expect((await merchant.read(made[0] ?? '')).body).toMatchObject({ code: 'payment_not_found' })
  })
})
