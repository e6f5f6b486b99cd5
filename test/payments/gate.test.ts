/** The charge gate verifies uncertain facts with Stripe, and learns from what Stripe refuses. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks, releaseWebhooks } from '../support/hold-webhooks.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let merchant: Merchant
/** How far the clock is ahead, for Stripe and for us, in ms. */
let clockAheadMs = 0
const now = () => Date.now() + clockAheadMs

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  clockAheadMs = 0
  await database.clear()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
  merchant = await anEnabledMerchant(gatehouse)
})

const DAY_MS = 86_400_000

/** Changes the account at Stripe, without its webhook. */
async function changeWithoutWebhook(facts: object): Promise<void> {
  await holdWebhooks(gatehouse)
  await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}`, facts)
}
const PAST_DUE = {
  charges_enabled: false,
  requirements: {
    past_due: ['business_profile.url'],
    currently_due: ['business_profile.url'],
    disabled_reason: 'requirements.past_due',
  },
}
const closed = {
  status: 409,
  body: {
    code: 'gate_closed',
    gate: 'charge',
    blockers: [{ code: 'requirements_past_due', actor: 'merchant' }, { code: 'charges_disabled' }],
  },
}
const counted = () => gatehouse.counting(() => merchant.pay())

describe('facts older than FACTS_MAX_AGE_S', () => {
  it('are verified once, and then the charge is created', async () => {
    clockAheadMs = DAY_MS + 60_000
    const first = await counted()
    expect(first).toMatchObject({ result: { status: 201 }, trips: { libsql: 4, stripe: 2 } })
    const second = await counted()
    expect(second).toMatchObject({ result: { status: 201 }, trips: { libsql: 2, stripe: 1 } })
  })

  it('are verified once for fifty concurrent charges', async () => {
    clockAheadMs = DAY_MS + 60_000
    const { result, trips } = await gatehouse.counting(() =>
      Promise.all(Array.from({ length: 50 }, () => merchant.pay())),
    )
    expect(result.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201))
    expect(trips.stripe).toBe(50 + 1)
  })

  it('are verified once, and then the gate refuses this charge and the next', async () => {
    await changeWithoutWebhook(PAST_DUE)
    clockAheadMs = DAY_MS + 60_000
    expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 3, stripe: 1 } })
    expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 1, stripe: 0 } })
  })

  it('let no charge through while Stripe is unavailable', async () => {
    clockAheadMs = DAY_MS + 60_000
    await gatehouse.sim('POST', '/_sim/faults', {
      route: 'GET /v1/accounts/{account}',
      status: 500,
      times: 9,
    })
    expect(await merchant.pay()).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })
    expect(await merchant.atStripe('payment_intents')).toEqual([])
  })
})

describe.each([
  ['suspect facts', 'facts.account.suspect'],
  ['a suspect card_payments capability', 'facts.capabilities.items.card_payments.suspect'],
  ['a suspect connection', 'facts.connection.suspect'],
  ['an owed refresh', 'owes_refresh'],
])('an account with %s', (_, mark) => {
  beforeEach(() =>
    database.rows(
      `UPDATE instances SET context = json_set(context, '$.${mark}', json('true')) WHERE id = ?`,
      [merchant.account],
    ),
  )

  it('is verified once, and then the charge is created', async () => {
    expect(await counted()).toMatchObject({ result: { status: 201 }, trips: { libsql: 4, stripe: 2 } })
    expect(await counted()).toMatchObject({ result: { status: 201 }, trips: { libsql: 2, stripe: 1 } })
  })

  it('is verified once, and then the gate refuses this charge and the next', async () => {
    await changeWithoutWebhook(PAST_DUE)
    expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 3, stripe: 1 } })
    expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 1, stripe: 0 } })
  })
})

describe.each([
  ['with a code', 400, 'coded'],
  ['with a code', 403, 'coded'],
  ['with a message only', 400, 'message'],
  ['with a message only', 403, 'message'],
] as const)('a charge that Stripe refuses because of the account, %s and status %i', (_, status, error) => {
  beforeEach(() =>
    gatehouse.sim('POST', '/_sim/switches', {
      charges_disabled_error: error,
      charges_disabled_status: status,
    }),
  )

  it('is answered 409 gate_closed, and the gate refuses the next', async () => {
    await changeWithoutWebhook(PAST_DUE)
    expect(await merchant.pay()).toMatchObject(closed)
    expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 1, stripe: 0 } })
    const history = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/history?limit=1`)
    expect(history.body['data'][0]).toMatchObject({ cause: { kind: 'gate' } })
  })

  it('is created under the same key once the account may charge again', async () => {
    await changeWithoutWebhook(PAST_DUE)
    const pay = () => merchant.pay({}, { idempotencyKey: 'order-1' })
    expect(await pay()).toMatchObject(closed)
    await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}/onboard`, { outcome: 'enabled' })
    await releaseWebhooks(gatehouse)
    expect(await pay()).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    expect(await merchant.atStripe('payment_intents')).toHaveLength(1)
  })

  it('is refused with the same answer when it is a Checkout Session', async () => {
    await changeWithoutWebhook(PAST_DUE)
    const session = await merchant.checkout()
    expect(session).toMatchObject(closed)
  })
})

it('a refusal that is not about the account is answered in Stripe’s words, and the account is not fetched', async () => {
  const { result, trips } = await gatehouse.counting(() => merchant.pay({ payment_method: 'pm_nobody_has' }))
  expect(result).toMatchObject({
    status: 422,
    body: { code: 'stripe_refused', stripe_code: 'resource_missing', param: 'payment_method' },
  })
  expect(trips).toEqual({ libsql: 1, stripe: 1 })
})

it('a refusal with an account code is about the account, whatever parameter it names', async () => {
  await changeWithoutWebhook(PAST_DUE)
  await gatehouse.sim('POST', '/_sim/faults', {
    route: 'POST /v1/payment_intents',
    status: 400,
    code: 'payment_method_unactivated',
    param: 'payment_method',
  })
  expect(await merchant.pay()).toMatchObject(closed)
})

it('the gate refuses a charge that Stripe’s sandbox would let through', async () => {
  await gatehouse.sim('POST', '/_sim/switches', { inactive_capability_calls: 'allowed' })
  await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}`, PAST_DUE)
  await gatehouse.settle()
  expect(await counted()).toMatchObject({ result: closed, trips: { libsql: 1, stripe: 0 } })
})

it('an operator’s hold closes the gate, and a release opens it', async () => {
  const operate = (what: 'hold' | 'release') =>
    gatehouse.call('POST', `/v1/accounts/${merchant.account}/${what}`, { body: { reason: 'under review' } })
  expect((await operate('hold')).status).toBe(200)
  expect(await counted()).toMatchObject({
    result: {
      status: 409,
      body: {
        state: { hold: 'held', charges: 'active' },
        blockers: [
          {
            code: 'operator_hold',
            actor: 'operator',
            detail: 'An operator holds the account: under review',
            remedy: { method: 'POST', href: `/v1/accounts/${merchant.account}/release` },
          },
        ],
      },
    },
    trips: { libsql: 1, stripe: 0 },
  })
  expect(await operate('hold')).toMatchObject({ status: 409, body: { code: 'state_conflict' } })
  expect((await operate('release')).status).toBe(200)
  expect((await merchant.pay()).status).toBe(201)
  expect(await operate('release')).toMatchObject({ status: 409, body: { code: 'state_conflict' } })

  const history = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/history?limit=2`)
  const cause = { kind: 'operator', id: expect.stringMatching(/^tests\/req_/) }
  expect(history.body['data']).toMatchObject([
    { event: 'operator.released', cause, from: { hold: 'held' }, to: { hold: 'none' } },
    { event: 'operator.held', cause, changed: { 'hold.reason': [null, 'under review'] } },
  ])
})

describe('a charge', () => {
  it.each([
    [{ amount: 49 }, 'amount', 'amount_too_small'],
    [{ amount: 100_000_000 }, 'amount', 'amount_too_large'],
    [{ amount: 1005, currency: 'kwd' }, 'amount', 'amount_not_whole'],
    [{ amount: 1050, currency: 'isk' }, 'amount', 'amount_not_whole'],
    [{ currency: 'USD' }, 'currency', 'currency_unknown'],
    [{ application_fee_amount: 1000 }, 'application_fee_amount', 'fee_exceeds_amount'],
    [{ application_fee_amount: 2 ** 52 }, 'application_fee_amount', 'fee_exceeds_amount'],
    [{ currency: 'kwd', application_fee_amount: 15 }, 'application_fee_amount', 'amount_not_whole'],
  ])('with %j is refused without a call to Stripe: %s breaks %s', async (body, path, rule) => {
    const { result, trips } = await gatehouse.counting(() => merchant.pay(body))
    expect(result).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_request',
        errors: [{ path, rule, message: expect.stringMatching(new RegExp(`^${rule}: `)) }],
      },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it.each(['amount', 'application_fee_amount'])(
    'with an invalid %s is refused without a call to Stripe',
    async (field) => {
      for (const value of [-1, 1.5, 0.1 + 0.2, '1000', 2 ** 53, 1e21, null, [1000], true]) {
        // oxlint-disable-next-line no-await-in-loop
        const { result, trips } = await gatehouse.counting(() => merchant.pay({ [field]: value }))
        expect(result, String(value)).toMatchObject({
          status: 422,
          body: {
            code: 'invalid_request',
            errors: expect.arrayContaining([expect.objectContaining({ path: field })]),
          },
        })
        expect(trips).toEqual({ libsql: 1, stripe: 0 })
      }
    },
  )

  it.each([
    ['that the request names', { fee_policy: { bps: 250 } }, { application_fee_amount: 7 }, 7],
    ['of the account’s policy', { fee_policy: { bps: 250, fixed: 30 } }, {}, 55],
    [
      'of the policy in multiples of 10 fils',
      { fee_policy: { bps: 250 } },
      { amount: 1010, currency: 'kwd' },
      30,
    ],
    [
      'of null, never 0, if the request says 0',
      { fee_policy: { bps: 250 } },
      { application_fee_amount: 0 },
      null,
    ],
    ['of null without a policy', {}, {}, null],
  ])('takes a fee %s', async (_, account, body, fee) => {
    const other = await anEnabledMerchant(gatehouse, account)
    const made = await other.pay(body)
    expect(made).toMatchObject({ status: 201, body: { application_fee_amount: fee } })
    expect((await other.atStripe('payment_intents'))[0]).toMatchObject({ application_fee_amount: fee })
  })
})
