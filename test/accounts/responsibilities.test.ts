/** Accounts with other controller properties are adopted but not served; every status says who is responsible for what. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { responsibilities } from '../../src/accounts/responsibilities.ts'
import { adoptedAccount, FULL_DASHBOARD } from '../support/adopted-account.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { madeElsewhere } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
})

const statusOf = async (account: string) =>
  (await gatehouse.call('GET', `/v1/accounts/${account}/status`)).body

describe('an unsupported account', () => {
  it.for([
    [
      'with the Express Dashboard, platform fees and platform losses',
      { type: 'express' },
      [
        'the Express Dashboard instead of the full one',
        'the platform pays Stripe’s fees',
        'the platform is liable for its losses',
      ],
    ],
    [
      'without a Dashboard',
      { type: 'custom' },
      ['no Stripe Dashboard', 'the platform collects its requirements'],
    ],
    [
      'whose fees the platform pays',
      { ...FULL_DASHBOARD, 'controller[fees][payer]': 'application' },
      ['the platform pays Stripe’s fees (application)'],
    ],
    [
      'whose losses the platform bears',
      {
        ...FULL_DASHBOARD,
        'controller[fees][payer]': 'application',
        'controller[losses][payments]': 'application',
      },
      ['the platform is liable for its losses'],
    ],
  ] as const)('%s can be read but not charged, onboarded or shown', async ([, controller, reasons]) => {
    const account = await adoptedAccount(gatehouse, controller)
    const status = await statusOf(account)
    expect(status).toMatchObject({
      state: { connection: 'connected', charges: 'active' },
      next_step: { situation: 'unsupported', actor: 'platform' },
    })
    for (const gate of ['charge', 'payout', 'onboard']) {
      expect(status['gates'][gate].blockers[0]).toMatchObject({
        code: 'account_unsupported',
        actor: 'platform',
      })
    }
    expect(status['gates'].refund).toEqual({ open: true, blockers: [] })
    for (const reason of reasons) expect(status['next_step'].detail).toContain(reason)

    const payment = { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
    const charged = await gatehouse.call('POST', `/v1/accounts/${account}/payments`, { body: payment })
    expect(charged).toMatchObject({ status: 409, body: { code: 'gate_closed', gate: 'charge' } })
    const link = await gatehouse.call('POST', `/v1/accounts/${account}/onboarding_links`, {
      body: { return_to: 'https://app.example.com' },
    })
    expect(link).toMatchObject({ status: 409, body: { gate: 'onboard' } })
    const session = await gatehouse.call('POST', `/v1/accounts/${account}/account_sessions`, {
      body: { components: ['payments'] },
    })
    expect(session).toMatchObject({ status: 409, body: { blockers: [{ code: 'account_unsupported' }] } })
    const { routes } = await gatehouse.sim('GET', '/_sim/calls')
    expect(routes).not.toHaveProperty(['POST /v1/payment_intents'])
  })

  it.each(['express', 'custom'])(
    'of type %s refuses a capture, but can cancel an authorization and refund a charge made elsewhere',
    async (type) => {
      const account = await adoptedAccount(gatehouse, { type })
      const params = {
        amount: '1000',
        currency: 'usd',
        payment_method: 'pm_card_visa',
        confirm: 'true',
        'automatic_payment_methods[enabled]': 'true',
        'automatic_payment_methods[allow_redirects]': 'never',
      }
      const authorized = await madeElsewhere(gatehouse, account, {
        what: 'payment_intents',
        params: { ...params, capture_method: 'manual' },
      })
      const paid = await madeElsewhere(gatehouse, account, { what: 'payment_intents', params })
      await gatehouse.settle()
      const command = (payment: string, name: string) =>
        gatehouse.call('POST', `/v1/accounts/${account}/payments/${payment}/${name}`, { body: {} })
      expect(await command(authorized.id, 'capture')).toMatchObject({
        status: 409,
        body: { code: 'gate_closed', gate: 'charge', blockers: [{ code: 'account_unsupported' }] },
      })
      const { routes } = await gatehouse.sim('GET', '/_sim/calls')
      expect(Object.keys(routes).filter((route) => route.includes('capture'))).toEqual([])
      expect((await command(authorized.id, 'cancel')).status).toBe(200)
      expect((await command(paid.id, 'refunds')).status).toBe(201)
    },
  )
})

it('an adopted account with supported controller properties is ready', async () => {
  const account = await adoptedAccount(gatehouse)
  expect((await statusOf(account))['next_step']).toMatchObject({ situation: 'ready' })
})

describe('the responsibilities of an account', () => {
  it('name Stripe for losses and requirements, and the account for fees, when it is supported', async () => {
    const status = await statusOf(await adoptedAccount(gatehouse))
    expect(status['dashboard_url']).toBe('https://dashboard.stripe.com/')
    expect(status['responsibilities']).toMatchObject({
      dashboard: {
        type: 'full',
        url: 'https://dashboard.stripe.com/',
        detail: expect.stringContaining('refund their payments'),
      },
      platform_controls: { granted: true, detail: expect.stringContaining('cannot disconnect') },
      fees: { payer: 'account' },
      negative_balance: { bearer: 'stripe', detail: expect.stringContaining('never touched') },
      requirements: { collector: 'stripe' },
    })
  })

  it('change when the platform loses control of the account, and its external accounts are forgotten', async () => {
    const account = await adoptedAccount(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    await gatehouse.settle()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/authorize`, { platform_controls: false })
    await gatehouse.settle()
    await gatehouse.call('POST', `/v1/accounts/${account}/refresh`)
    const status = await statusOf(account)
    expect(status['external_accounts']).toEqual([])
    expect(status['responsibilities'].platform_controls).toMatchObject({
      granted: false,
      detail: expect.stringContaining('may disconnect the platform at any time'),
    })
  })

  it('name the platform where it is liable for losses', async () => {
    const status = await statusOf(await adoptedAccount(gatehouse, { type: 'express' }))
    expect(status['dashboard_url']).toBeNull()
    expect(status['responsibilities']).toMatchObject({
      negative_balance: { bearer: 'application', detail: expect.stringContaining('the platform pays') },
      platform_controls: { detail: expect.stringContaining('it may pause or reject the account') },
    })
  })

  it('name nobody where Stripe sends no value or an unknown one', () => {
    const { fees, negative_balance, requirements } = responsibilities({
      type: 'application',
      dashboard: 'full',
      is_controller: true,
      requirement_collection: 'x',
      fees_payer: null,
      losses: 'somebody_else',
    })
    for (const { detail } of [fees, negative_balance, requirements]) {
      expect(detail).toContain('Stripe does not say')
      expect(detail).not.toContain('platform')
    }
  })
})
