/** Refunds: full, partial, with and without the fee, pending, failed; and disputes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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
  // The available balance covers every refund, so that none is pending.
  await merchant.pay({ amount: 5_000_000, payment_method: 'pm_card_bypassPending' })
  await gatehouse.settle()
})
afterAll(() => database.stop())

/** A new payment's id, once its events are handled. */
async function paid(body: object = {}): Promise<string> {
  const made = await merchant.pay(body)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  await gatehouse.settle()
  return made.body['id']
}

/** Waits for asynchronous captures and their fees. */
async function whenSettled(): Promise<void> {
  await gatehouse.simulator.advance(5)
  await gatehouse.settle()
}

describe('a refund', () => {
  it('without an amount refunds all that is left, and the platform keeps its fee', async () => {
    const id = await paid({ application_fee_amount: 100 })
    await whenSettled()
    expect(await merchant.command(id, 'refunds', { amount: 300, reason: 'duplicate' })).toMatchObject({
      status: 201,
      body: { payment: id, status: 'succeeded', amount: 300, reason: 'duplicate', currency: 'usd' },
    })
    expect((await merchant.read(id)).body).toMatchObject({ refund: 'partial', amount_refundable: 700 })
    expect((await merchant.command(id, 'refunds')).body).toMatchObject({ amount: 700 })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({
      refund: 'full',
      amount_refunded: 1000,
      amount_refundable: 0,
      refunds: [{ amount: 300 }, { amount: 700 }],
      fee: 'collected',
      application_fee_refunded: 0,
    })
  })

  it('refunds the same share of the fee if the request says so', async () => {
    const id = await paid({ application_fee_amount: 100 })
    await whenSettled()
    await merchant.command(id, 'refunds', { amount: 400, refund_application_fee: true })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ fee: 'collected', application_fee_refunded: 40 })
    await merchant.command(id, 'refunds', { refund_application_fee: true })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ fee: 'refunded', application_fee_refunded: 100 })
  })

  it.each([
    ['more than was paid', [], { amount: 1001 }, 1000],
    ['more than is left', [{ amount: 600 }], { amount: 401 }, 400],
    ['anything after a full refund', [{}], {}, 0],
  ])('of %s is answered 422, without a call to Stripe', async (_, before, body, refundable) => {
    const id = await paid()
    for (const each of before) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await merchant.command(id, 'refunds', each)).status).toBe(201)
    }
    const { result, trips } = await gatehouse.counting(() => merchant.command(id, 'refunds', body))
    expect(result).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment', refundable } })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('of an amount the currency does not support is refused, and the answer names the rule', async () => {
    const id = await paid({ currency: 'kwd' })
    const { result, trips } = await gatehouse.counting(() => merchant.command(id, 'refunds', { amount: 5 }))
    expect(result).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'amount', rule: 'amount_not_whole' }] },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('of more than is left is answered 422 if only Stripe knew of an earlier refund', async () => {
    const id = await paid()
    await holdWebhooks(gatehouse)
    await callStripe(gatehouse, merchant.account, {
      call: 'POST /v1/refunds',
      params: { payment_intent: id, amount: '900' },
    })
    const refused = await merchant.command(id, 'refunds', { amount: 200 })
    expect(refused).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment', refundable: 100 } })
    await releaseWebhooks(gatehouse)
  })

  it.each([
    ['a held account', { hold: true }],
    [
      'a restricted account',
      {
        facts: {
          charges_enabled: false,
          requirements: {
            past_due: ['x.y'],
            currently_due: ['x.y'],
            disabled_reason: 'requirements.past_due',
          },
        },
      },
    ],
    [
      'a rejected account',
      {
        facts: {
          charges_enabled: false,
          payouts_enabled: false,
          requirements: { disabled_reason: 'rejected.fraud' },
        },
      },
    ],
  ])('stays possible for %s, which may not charge', async (_, how: { hold?: boolean; facts?: object }) => {
    const other = await anEnabledMerchant(gatehouse)
    const made = await other.pay({ payment_method: 'pm_card_bypassPending' })
    const { account } = other
    if (how.hold) await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'fraud?' } })
    else await gatehouse.sim('POST', `/_sim/accounts/${account}`, how.facts)
    await gatehouse.settle()
    expect(await other.pay()).toMatchObject({ status: 409, body: { code: 'gate_closed', gate: 'charge' } })
    expect(await other.command(made.body['id'], 'refunds', { amount: 400 })).toMatchObject({ status: 201 })
  })

  describe('that the balance cannot cover', () => {
    /** A payment of 1,000 with a fee of 100, and two pending refunds: 300, and 500 with the fee. */
    async function withPendingRefunds(): Promise<{ other: Merchant; id: string }> {
      const other = await anEnabledMerchant(gatehouse)
      await gatehouse.sim('POST', '/_sim/switches', { refund_funds: 'available' })
      const made = await other.pay({ application_fee_amount: 100 })
      const id = made.body['id']
      await whenSettled()
      const pending = { status: 'pending', pending_reason: 'insufficient_funds' }
      expect(await other.command(id, 'refunds', { amount: 300 })).toMatchObject({
        status: 201,
        body: pending,
      })
      const withFee = await other.command(id, 'refunds', { amount: 500, refund_application_fee: true })
      expect(withFee).toMatchObject({ status: 201, body: pending })
      await gatehouse.settle()
      expect((await other.read(id)).body).toMatchObject({
        refund: 'partial',
        amount_refunded: 800,
        amount_refundable: 200,
        application_fee_refunded: 50,
        refunds: [pending, pending],
      })
      return { other, id }
    }
    afterEach(() => gatehouse.sim('POST', '/_sim/switches', { refund_funds: 'total' }))

    it('is pending, and succeeds in the order of creation when money comes in', async () => {
      const { other, id } = await withPendingRefunds()
      await other.pay({ amount: 320, payment_method: 'pm_card_bypassPending' })
      await whenSettled()
      expect((await other.read(id)).body['refunds']).toMatchObject([
        { amount: 300, status: 'succeeded', pending_reason: null },
        { amount: 500, status: 'pending' },
      ])
      await other.pay({ amount: 3000, payment_method: 'pm_card_bypassPending' })
      await whenSettled()
      const { body } = await other.read(id)
      expect(body).toMatchObject({ refund: 'partial', amount_refunded: 800, fee: 'collected' })
      expect(body['refunds']).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
      const { data } = await gatehouse.sim('GET', `/_sim/books?account=${other.account}`)
      expect(data).toMatchObject([
        { charged: 4320, refunded: 800, application_fees_paid: 50, balanced: true },
      ])
    })

    it('is pending, and fails when its payment is disputed; a new refund is possible once the dispute is won', async () => {
      const { other, id } = await withPendingRefunds()
      await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, {})
      await gatehouse.settle()
      const failed = {
        status: 'failed',
        failure_reason: 'charge_for_pending_refund_disputed',
        pending_reason: null,
      }
      expect((await other.read(id)).body).toMatchObject({
        dispute: 'open',
        refund: 'none',
        amount_refunded: 0,
        amount_refundable: 1000,
        refunds: [failed, failed],
        commands: [],
      })
      await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, { status: 'won' })
      await gatehouse.settle()
      expect((await other.command(id, 'refunds')).body).toMatchObject({ amount: 1000 })
      const { data } = await gatehouse.sim('GET', `/_sim/books?account=${other.account}`)
      expect(data).toMatchObject([{ charged: 1000, refunded: 0, balanced: true }])
    })
  })

  it('that fails later is not counted as refunded, and the amount can be refunded again', async () => {
    const id = await paid()
    const refund = await merchant.command(id, 'refunds')
    await gatehouse.sim('POST', `/_sim/refunds/${refund.body['id']}/fail`, {
      failure_reason: 'lost_or_stolen_card',
    })
    // Its events contradict each other within one second, so the payment is fetched after that second.
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({
      refund: 'none',
      amount_refundable: 1000,
      refunds: [{ status: 'failed', failure_reason: 'lost_or_stolen_card' }],
    })
    expect((await merchant.command(id, 'refunds')).status).toBe(201)
  })
})

describe('a dispute', () => {
  it('shows its deadline, forbids refunds, and ends', async () => {
    const id = await paid()
    await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, { reason: 'fraudulent' })
    await gatehouse.settle()
    const { body } = await merchant.read(id)
    expect(body).toMatchObject({
      dispute: 'open',
      disputes: [{ status: 'needs_response', reason: 'fraudulent' }],
    })
    expect(Date.parse(body['dispute_due_by'])).toBeGreaterThan(Date.now())
    expect(body['disputes'][0].due_by).toBe(body['dispute_due_by'])
    expect(await merchant.command(id, 'refunds')).toMatchObject({
      status: 409,
      body: { code: 'payment_state_conflict', state: { dispute: 'open' } },
    })
    await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, { status: 'lost' })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ dispute: 'lost', dispute_due_by: null })
  })

  it('that is only an inquiry allows refunds', async () => {
    const id = await paid()
    await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, { inquiry: true })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ dispute: 'open', commands: ['refund'] })
    expect((await merchant.command(id, 'refunds')).status).toBe(201)
  })
})

it('the payment’s history shows early fraud warnings and disputes', async () => {
  const id = await paid()
  await gatehouse.sim('POST', `/_sim/payment_intents/${id}/fraud_warning`, {
    fraud_type: 'made_with_stolen_card',
  })
  await gatehouse.settle()
  await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, {})
  await gatehouse.settle()
  expect((await merchant.read(id)).body).toMatchObject({
    early_fraud_warnings: [{ fraud_type: 'made_with_stolen_card', actionable: true }],
  })
  const history = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/payments/${id}/history`)
  const changed = history.body['data'].flatMap((entry: { changed: object }) => Object.keys(entry.changed))
  expect(changed).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^early_fraud_warnings\..*\.fraud_type$/),
      expect.stringMatching(/^disputes\..*\.due_by$/),
    ]),
  )
})
