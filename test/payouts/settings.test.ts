/** The balance and the payout schedule, live from Stripe; negative balances and reserves in the account's status. */
import { Stripe } from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { SECRETS, startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { holdWebhooks } from '../support/hold-webhooks.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let payee: Payee

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
  payee = await aPayee(gatehouse)
})

const path = (rest: string) => `/v1/accounts/${payee.account}/${rest}`
const get = (rest: string) => gatehouse.call('GET', path(rest))
const put = (body: object) => gatehouse.call('PUT', path('payout_schedule'), { body })
const payoutStatus = async () => (await payee.status())['payouts']

/** Sends an event that the simulator does not send, newer than all of its events. */
let sent = 0
async function sendEvent(type: string, object: object): Promise<void> {
  sent += 1
  const payload = JSON.stringify({
    id: `evt_sent${sent}`,
    object: 'event',
    type,
    account: payee.account,
    created: Math.floor(Date.now() / 1000) + 10 * 86_400 + sent,
    livemode: false,
    data: { object },
  })
  const stripe = new Stripe('sk_test_gatehouse_tests')
  const signature = await stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: SECRETS.connect })
  const answer = await gatehouse.fetch(
    new Request('http://gatehouse.test/webhooks/stripe/connect', {
      method: 'POST',
      headers: { 'stripe-signature': signature },
      body: payload,
    }),
  )
  expect(answer.status).toBe(200)
}

describe('the balance', () => {
  it('is read live from Stripe, by currency, with one round trip and one call', async () => {
    const { result, trips } = await gatehouse.counting(() => get('balance'))
    expect(result).toMatchObject({
      status: 200,
      body: {
        account: payee.account,
        livemode: false,
        available: [{ currency: 'usd', amount: expect.any(Number) }],
        pending: [{ currency: 'usd', amount: 0 }],
        negative: [],
      },
    })
    const [{ amount }] = result.body['available']
    expect(result.body['instant_available']).toEqual([
      { currency: 'usd', amount, net: [{ destination: expect.stringMatching(/^ba_/), amount }] },
    ])
    expect((await payee.books())['available']).toBe(amount)
    expect(trips).toEqual({ libsql: 1, stripe: 1 })
  })

  it('that is negative is explained, and the account’s status shows it from then on', async () => {
    const { body: paid } = await gatehouse.call('GET', path('payments'))
    await payee.payOut({ amount: (await payee.books())['available'] })
    await gatehouse.sim('POST', `/_sim/payment_intents/${paid['data'][0].id}/dispute`, {})
    await gatehouse.settle()
    const { available } = await payee.books()
    expect(available).toBeLessThan(0)
    const negative = [
      {
        amount: available,
        currency: 'usd',
        detail:
          'Nothing is paid out in usd until the balance is positive again. Stripe debits the holder’s bank account for it where it can; new payments raise the balance too.',
      },
    ]
    expect((await get('balance')).body['negative']).toEqual(negative)
    expect(await payoutStatus()).toMatchObject({
      negative_balances: negative,
      balance_as_of: expect.any(String),
    })
    const history = await get('history')
    expect(history.body['data'][0]).toMatchObject({
      cause: { kind: 'command' },
      changed: { 'negative_balances.usd': [null, available] },
    })
  })

  it('is updated by Stripe’s event and by an operator’s refresh', async () => {
    const balance = (usd: number) => ({
      object: 'balance',
      available: [{ amount: usd, currency: 'usd' }],
      pending: [],
      livemode: false,
    })
    await sendEvent('balance.available', balance(-700))
    expect((await payoutStatus()).negative_balances).toMatchObject([{ amount: -700, currency: 'usd' }])
    await sendEvent('balance.available', balance(100))
    expect((await payoutStatus()).negative_balances).toEqual([])
    const { trips } = await gatehouse.counting(() => gatehouse.call('POST', path('refresh')))
    expect(trips.stripe).toBe(2)
  })
})

describe('reserves', () => {
  it('are described in the status until they are released', async () => {
    const hold = {
      id: 'resholda_1',
      object: 'reserve.hold',
      amount: 5000,
      amount_releasable: 5000,
      currency: 'usd',
      created_by: 'stripe',
      reason: 'standalone',
      release_schedule: { release_after: 1_790_000_000, scheduled_release: null },
      reserve_plan: null,
      source_charge: null,
    }
    const plan = {
      id: 'resplan_1',
      object: 'reserve.plan',
      status: 'active',
      type: 'rolling_release',
      percent: 10,
      currency: null,
      created_by: 'stripe',
      rolling_release: { days_after_charge: 30, expires_on: 1_790_000_000 },
    }
    await sendEvent('reserve.hold.created', hold)
    await sendEvent('reserve.plan.created', plan)
    await sendEvent('reserve.hold.created', { ...hold, id: 'reshold_2', reserve_plan: 'resplan_1' })
    expect((await payoutStatus()).reserves).toEqual([
      {
        id: 'resholda_1',
        kind: 'hold',
        detail: 'Stripe holds back 50.00 USD until 2026-09-21. That amount cannot be paid out.',
      },
      {
        id: 'resplan_1',
        kind: 'plan',
        detail: 'Stripe holds back 10 % of each charge for 30 days each; the plan itself ends on 2026-09-21.',
      },
    ])
    await sendEvent('reserve.hold.updated', { ...hold, amount_releasable: 0 })
    await sendEvent('reserve.plan.disabled', { ...plan, status: 'disabled' })
    expect((await payoutStatus()).reserves).toEqual([])
  })
})

describe('the schedule', () => {
  it('is read live from Stripe', async () => {
    expect((await get('payout_schedule')).body).toEqual({
      account: payee.account,
      interval: 'manual',
      weekly_payout_days: [],
      monthly_payout_days: [],
      delay_days: 2,
      debit_negative_balances: true,
    })
  })

  it.each([
    [{ interval: 'daily' }, { interval: 'daily', weekly_payout_days: [], monthly_payout_days: [] }],
    [
      { interval: 'weekly', weekly_payout_days: ['monday', 'thursday'] },
      { interval: 'weekly', weekly_payout_days: ['monday', 'thursday'] },
    ],
    [
      { interval: 'monthly', monthly_payout_days: [1, 31] },
      { interval: 'monthly', monthly_payout_days: [1, 31] },
    ],
    [{ interval: 'manual' }, { interval: 'manual' }],
  ])('is replaced by %o, and the same request again changes nothing', async (schedule, expected) => {
    const first = await put(schedule)
    expect(first).toMatchObject({ status: 200, body: expected })
    const second = await put(schedule)
    expect(second.body).toEqual(first.body)
    expect((await get('payout_schedule')).body).toEqual(first.body)
    await gatehouse.settle()
    const { account: _, ...settings } = first.body
    expect((await payoutStatus()).schedule).toEqual(settings)
  })

  it('that a client changed is in the account’s history', async () => {
    await put({ interval: 'daily' })
    const { body } = await get('history')
    expect(body['data'][0]).toMatchObject({
      event: 'stripe.observed',
      cause: { kind: 'command' },
      changed: { 'payout_settings.interval': ['manual', 'daily'] },
    })
  })

  it('that the holder changed in the Dashboard is in the account’s status', async () => {
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, {
      settings: { payouts: { schedule: { interval: 'weekly', weekly_payout_days: ['friday'] } } },
    })
    await gatehouse.settle()
    expect((await payoutStatus()).schedule).toMatchObject({
      interval: 'weekly',
      weekly_payout_days: ['friday'],
    })
  })

  it.each([
    [{ interval: 'weekly' }, 'weekly_payout_days'],
    [{ interval: 'daily', weekly_payout_days: ['monday'] }, 'weekly_payout_days'],
    [{ interval: 'weekly', weekly_payout_days: ['sunday'] }, 'weekly_payout_days.0'],
    [{ interval: 'monthly', monthly_payout_days: [32] }, 'monthly_payout_days.0'],
    [{ interval: 'hourly' }, 'interval'],
    [{ interval: 'daily', status: 'disabled' }, 'status'],
  ])('is not set to %o, and the answer names the field', async (schedule, field) => {
    expect(await put(schedule)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: field }] },
    })
  })

  it('refuses delay_days if Stripe bears the losses', async () => {
    const { result, trips } = await gatehouse.counting(() => put({ interval: 'daily', delay_days: 7 }))
    expect(result).toMatchObject({
      status: 422,
      body: { code: 'schedule_not_allowed', field: 'delay_days', reason: 'losses_are_stripes' },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('of an account that the platform does not control cannot be set, and Stripe is not asked', async () => {
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`)
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/authorize`, { platform_controls: false })
    await gatehouse.settle()
    await gatehouse.call('POST', path('refresh'))
    const { result, trips } = await gatehouse.counting(() => put({ interval: 'daily' }))
    expect(result).toMatchObject({
      status: 422,
      body: { code: 'payouts_not_controlled', reason: 'no_platform_controls' },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('can be set while the account is held', async () => {
    await gatehouse.call('POST', path('hold'), { body: { reason: 'looks odd' } })
    expect((await put({ interval: 'daily' })).status).toBe(200)
  })
})

it.each([
  ['the balance', () => get('balance')],
  ['the schedule', () => get('payout_schedule')],
  ['a new schedule', () => put({ interval: 'daily' })],
])(
  '%s is refused for a disconnected account whose webhook has not arrived, and the account is fetched once',
  async (_, request) => {
    await holdWebhooks(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`, {})
    const refused = { status: 422, body: { code: 'stripe_refused', stripe_code: 'account_invalid' } }
    expect(await gatehouse.counting(request)).toMatchObject({ result: refused, trips: { stripe: 2 } })
    expect(await payee.status()).toMatchObject({
      badge: 'disconnected',
      state: { connection: 'disconnected' },
    })
    expect(await gatehouse.counting(request)).toMatchObject({
      result: refused,
      trips: { libsql: 1, stripe: 1 },
    })
  },
)
