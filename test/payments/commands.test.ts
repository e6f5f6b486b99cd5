import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
import { paymentBody } from '../../src/payments/view.ts'
import { aDispute, aPayment, aPaymentTruth, members } from '../support/a-payment.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { callStripe } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks, releaseWebhooks } from '../support/hold-webhooks.ts'
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

/** A new payment's id, once its events are handled. */
async function paid(body: object = {}): Promise<string> {
  const made = await merchant.pay(body)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  await gatehouse.settle()
  return made.body['id']
}
const authorized = (body: object = {}) => paid({ capture_method: 'manual', ...body })
const unpaid = () => paid({ confirm: false, payment_method: undefined })

/** Waits for asynchronous captures and their fees. */
async function whenSettled(): Promise<void> {
  await gatehouse.simulator.advance(5)
  await gatehouse.settle()
}
const fees = async () => (await gatehouse.sim('GET', '/v1/application_fees?limit=1')).data[0]

describe('capture', () => {
  it('takes the whole authorization', async () => {
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
    { captured: 400, body: {}, fee: 40, why: '' },
    { captured: 404, body: {}, fee: 40, why: ', rounded half up' },
    { captured: 405, body: {}, fee: 41, why: ', rounded half up' },
    { captured: 400, body: { application_fee_amount: 77 }, fee: 77, why: ' if the request says so' },
  ])('of $captured out of 1000 takes $fee of a fee of 100$why', async ({ captured, body, fee }) => {
    const id = await authorized({ application_fee_amount: 100 })
    const answer = await merchant.command(id, 'capture', { amount: captured, ...body })
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
  ])('refuses %j, and the answer names the field and the rule', async (body, path, rule) => {
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

  it('does not count the released rest as refunded if Stripe shows it as a refund', async () => {
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

it('a retried capture does not take a capture of another amount for its own', async () => {
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
  it('releases an authorization', async () => {
    const id = await authorized({ application_fee_amount: 100 })
    const canceled = await merchant.command(id, 'cancel')
    expect(canceled).toMatchObject({
      status: 200,
      body: { status: 'canceled', amount_captured: 0, fee: 'none', commands: [] },
    })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ status: 'canceled', refund: 'none' })
  })

  it('cancels an unpaid payment', async () => {
    const id = await unpaid()
    expect(await merchant.command(id, 'cancel')).toMatchObject({ status: 200, body: { status: 'canceled' } })
  })
})

describe('a command that the state does not allow', () => {
  const ROUTES = { capture: 'capture', cancel: 'cancel', refund: 'refunds' }

  /** Stores the payment as if Stripe had shown this status and this dispute. */
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

  it.each([
    ['requires_payment_method', null, ['cancel']],
    ['requires_confirmation', null, ['cancel']],
    ['requires_action', null, ['cancel']],
    ['processing', null, ['cancel']],
    ['requires_capture', null, ['capture', 'cancel']],
    ['requires_capture', 'needs_response', ['capture', 'cancel']],
    ['succeeded', null, ['refund']],
    ['succeeded', 'needs_response', []],
    ['canceled', null, []],
    ['a_status_of_tomorrow', null, []],
  ])(
    'is refused without a call to Stripe: a payment that is %s with dispute %s allows %j',
    async (status, dispute, commands) => {
      const id = await paid()
      const live = await store(id, status, dispute)
      const refused = Object.entries(ROUTES).filter(([name]) => !commands.includes(name))
      for (const [name, route] of refused) {
        // oxlint-disable-next-line no-await-in-loop
        const { result, trips } = await gatehouse.counting(() => merchant.command(id, route))
        expect(result, name).toMatchObject({
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
    },
  )

  it('is refused with the new state if only Stripe knew it', async () => {
    const id = await authorized()
    await holdWebhooks(gatehouse)
    await callStripe(gatehouse, merchant.account, { call: `POST /v1/payment_intents/${id}/cancel` })
    expect(await merchant.command(id, 'capture')).toMatchObject({
      status: 409,
      body: { code: 'payment_state_conflict', state: { payment: 'canceled' } },
    })
    await releaseWebhooks(gatehouse)
  })

  it('for a payment of another account is answered 404', async () => {
    const other = await anEnabledMerchant(gatehouse)
    const id = await paid()
    expect(await other.command(id, 'refunds')).toMatchObject({
      status: 404,
      body: { code: 'payment_not_found' },
    })
  })
})

it('an authorization can be captured or canceled after an operator has held the account', async () => {
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

describe('a disconnected account', () => {
  it.each([
    ['after its webhook', false],
    ['before its webhook', true],
  ])('is refused every command %s, and its payments stay readable', async (_, isHeld) => {
    const other = await anEnabledMerchant(gatehouse)
    const [held, alsoHeld] = [
      await other.pay({ capture_method: 'manual' }),
      await other.pay({ capture_method: 'manual' }),
    ]
    const paidThere = await other.pay()
    await gatehouse.settle()
    if (isHeld) await holdWebhooks(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${other.account}/deauthorize`, {})
    await gatehouse.settle()

    const closed = (gate: string) => ({
      status: 409,
      body: { code: 'gate_closed', gate, blockers: [{ code: 'account_disconnected', actor: 'merchant' }] },
    })
    const first = await gatehouse.counting(() => other.command(held.body['id'], 'capture'))
    expect(first.result).toMatchObject(closed('refund'))
    // Stripe refuses the first command, and the account is verified once.
    expect(first.trips.stripe).toBe(isHeld ? 2 : 0)
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

    await releaseWebhooks(gatehouse)
  })
})

describe('a payment’s body', () => {
  const captured = { status: 'succeeded', captured: true, amount_captured: 600, application_fee_amount: 60 }
  it.each([
    ['as requested', {}, 100],
    ['as changed by the capture', { charges: members('ch', captured) }, 60],
    [
      'as collected',
      { charges: members('ch', captured), fees: members('fee', { amount: 59, amount_refunded: 9 }) },
      59,
    ],
  ])('shows the fee %s', (_, observation, fee) => {
    const live = aPayment({ payment: aPaymentTruth({ application_fee_amount: 100 }), ...observation })
    expect(paymentBody(live, { createdAt: 0, livemode: false }).application_fee_amount).toBe(fee)
  })

  it('is listed with the account’s other payments, newest first, and with no other account’s', async () => {
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
