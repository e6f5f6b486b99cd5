import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PAYMENT_STATUSES } from '../../machines/payment/standing.ts'
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
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
  // Enough on the balance for every refund, and settled, so that nothing waits for anything.
  await merchant.pay({ amount: 5_000_000, payment_method: 'pm_card_bypassPending' })
  await gatehouse.settle()
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

describe('refund', () => {
  it('gives back all that is left without an amount, and the platform keeps its fee', async () => {
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

  it('gives the fee back in the same share where it is asked to', async () => {
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
    ['anything of what is given back', [{}], {}, 0],
  ])('refuses %s, without a call to Stripe', async (_, before, body, refundable) => {
    const id = await paid()
    for (const each of before) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await merchant.command(id, 'refunds', each)).status).toBe(201)
    }
    const { result, trips } = await gatehouse.counting(() => merchant.command(id, 'refunds', body))
    expect(result).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment', refundable } })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('refuses more than is left where only Stripe knew of a refund', async () => {
    const id = await paid()
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    const elsewhere = new URLSearchParams({ payment_intent: id, amount: '900' })
    await gatehouse.simulator.fetch(
      new Request('http://stripe.test/v1/refunds', {
        method: 'POST',
        headers: {
          authorization: 'Bearer sk_test_gatehouse_tests',
          'stripe-account': merchant.account,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: elsewhere,
      }),
    )
    const refused = await merchant.command(id, 'refunds', { amount: 200 })
    expect(refused).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment', refundable: 100 } })
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.settle()
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
  ])(
    'stays possible for %s, which can no longer charge',
    async (_, how: { hold?: boolean; facts?: object }) => {
      const other = await anEnabledMerchant(gatehouse)
      const made = await other.pay({ payment_method: 'pm_card_bypassPending' })
      const { account } = other
      if (how.hold)
        await gatehouse.call('POST', `/v1/accounts/${account}/hold`, { body: { reason: 'fraud?' } })
      else await gatehouse.sim('POST', `/_sim/accounts/${account}`, how.facts)
      await gatehouse.settle()
      expect(await other.pay()).toMatchObject({ status: 409, body: { code: 'gate_closed', gate: 'charge' } })
      expect(await other.command(made.body['id'], 'refunds', { amount: 400 })).toMatchObject({ status: 201 })
    },
  )

  describe('that the balance cannot cover', () => {
    /** A payment of 1,000 with a fee of 100, of which 300 and, with the fee, 500 were asked back. */
    async function waiting(): Promise<{ other: Merchant; id: string }> {
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

    it('waits, in the order of asking, and completes when money comes in', async () => {
      const { other, id } = await waiting()
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

    it('waits, and fails when its payment is disputed: it can be asked for again once that is won', async () => {
      const { other, id } = await waiting()
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

  it('that fails later is given back to nobody, and can be made again', async () => {
    const id = await paid()
    const refund = await merchant.command(id, 'refunds')
    await gatehouse.sim('POST', `/_sim/refunds/${refund.body['id']}/fail`, {
      failure_reason: 'lost_or_stolen_card',
    })
    // Its events come within one second and contradict each other: Stripe is asked once that second is over.
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({
      refund: 'none',
      amount_refundable: 1000,
      refunds: [{ status: 'failed', failure_reason: 'lost_or_stolen_card' }],
    })
    expect((await merchant.command(id, 'refunds')).status).toBe(201)
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

describe('a dispute', () => {
  it('shows until when it must be answered, stops refunds, and ends', async () => {
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

  it('that is only an inquiry leaves refunds possible', async () => {
    const id = await paid()
    await gatehouse.sim('POST', `/_sim/payment_intents/${id}/dispute`, { inquiry: true })
    await gatehouse.settle()
    expect((await merchant.read(id)).body).toMatchObject({ dispute: 'open', commands: ['refund'] })
    expect((await merchant.command(id, 'refunds')).status).toBe(201)
  })
})

it('early-fraud warnings and disputes stand in the payment’s history', async () => {
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
