/** Accounts of every shape: what is served, what is only read, and who answers for what. */
import type { Stripe } from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { Component, RefusedComponent } from '../../src/accounts/session-routes.ts'
import { responsibilities } from '../../src/accounts/responsibilities.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { madeElsewhere } from '../support/elsewhere.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse } from '../support/gatehouse.ts'

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

/** Made at Stripe by somebody else, able to charge, and heard of through its webhooks. */
async function anAdopted(controller: Record<string, string>): Promise<string> {
  const made = await gatehouse.simulator.fetch(
    new Request(`${STRIPE_URL}/v1/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gatehouse.config.stripe.secretKey}` },
      body: new URLSearchParams({
        ...controller,
        'capabilities[card_payments][requested]': 'true',
        'capabilities[transfers][requested]': 'true',
      }),
    }),
  )
  const { id } = (await made.json()) as { id: string }
  await gatehouse.sim('POST', `/_sim/accounts/${id}/onboard`, { outcome: 'enabled' })
  await gatehouse.settle()
  return id
}

const read = async (account: string) => (await gatehouse.call('GET', `/v1/accounts/${account}/status`)).body

const FULL = { 'controller[stripe_dashboard][type]': 'full' }

describe('an account of another shape', () => {
  it.for([
    [
      'with the Express Dashboard, platform fees and platform losses',
      { type: 'express' },
      [
        'the Express Dashboard instead of the full one',
        'the platform pays Stripe’s fees',
        'the platform answers for its losses',
      ],
    ],
    [
      'without a Dashboard',
      { type: 'custom' },
      ['no Stripe Dashboard', 'the platform collects what must be proven'],
    ],
    [
      'whose fees the platform pays',
      { ...FULL, 'controller[fees][payer]': 'application' },
      ['the platform pays Stripe’s fees (application)'],
    ],
    [
      'whose losses the platform bears',
      { ...FULL, 'controller[fees][payer]': 'application', 'controller[losses][payments]': 'application' },
      ['the platform answers for its losses'],
    ],
  ] as const)('%s is adopted to be read, and never charged', async ([, controller, words]) => {
    const account = await anAdopted(controller)
    const status = await read(account)
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
    for (const part of words) expect(status['next_step'].detail).toContain(part)

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
    'is not charged by a capture either (%s): what others have authorized is let go, or given back',
    async (type) => {
      const account = await anAdopted({ type })
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

  it('is told apart from the supported one by nothing else', async () => {
    const account = await anAdopted(FULL)
    expect((await read(account))['next_step']).toMatchObject({ situation: 'ready' })
  })
})

describe('who answers for what', () => {
  it('is in the status of a supported account, in plain words', async () => {
    const { responsibilities, dashboard_url } = await read(await anAdopted(FULL))
    expect(dashboard_url).toBe('https://dashboard.stripe.com/')
    expect(responsibilities).toMatchObject({
      dashboard: {
        type: 'full',
        url: dashboard_url,
        detail: expect.stringContaining('refund their payments'),
      },
      platform_controls: { granted: true, detail: expect.stringContaining('cannot disconnect') },
      fees: { payer: 'account' },
      negative_balance: { bearer: 'stripe', detail: expect.stringContaining('never touched') },
      requirements: { collector: 'stripe' },
    })
  })

  it('changes when the platform loses its controls over an account', async () => {
    const account = await anAdopted(FULL)
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    await gatehouse.settle()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/authorize`, { platform_controls: false })
    await gatehouse.settle()
    await gatehouse.call('POST', `/v1/accounts/${account}/refresh`)
    expect((await read(account))['external_accounts'], 'what is not shown any more').toEqual([])
    expect((await read(account))['responsibilities'].platform_controls).toMatchObject({
      granted: false,
      detail: expect.stringContaining('may disconnect the platform at any time'),
    })
  })

  it('tells whose losses they are where they are the platform’s', async () => {
    const { responsibilities, dashboard_url } = await read(await anAdopted({ type: 'express' }))
    expect(dashboard_url).toBeNull()
    expect(responsibilities).toMatchObject({
      negative_balance: { bearer: 'application', detail: expect.stringContaining('the platform pays') },
      platform_controls: { detail: expect.stringContaining('it may pause or reject the account') },
    })
  })
})

it('says so where Stripe does not say who answers, and guesses nothing', () => {
  const strange = { type: 'application', dashboard: 'full', is_controller: true, requirement_collection: 'x' }
  const { fees, negative_balance, requirements } = responsibilities({
    ...strange,
    fees_payer: null,
    losses: 'somebody_else',
  })
  for (const { detail } of [fees, negative_balance, requirements]) {
    expect(detail).toContain('Stripe does not say')
    expect(detail).not.toContain('platform')
  }
})

describe('an account session', () => {
  const open = (account: string, components: unknown, idempotencyKey?: string) =>
    gatehouse.call('POST', `/v1/accounts/${account}/account_sessions`, {
      body: { components },
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    })

  it('opens what stands beside the full Dashboard, with a secret that is kept nowhere', async () => {
    const account = await anAdopted(FULL)
    const wanted = ['notification_banner', 'payments', 'payouts', 'documents', 'payments']
    const [first, second] = [await open(account, wanted, 'same'), await open(account, wanted, 'same')]
    expect(first).toMatchObject({
      status: 201,
      body: { publishable_key: gatehouse.config.stripe.publishableKey },
    })
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(Date.parse(first.body['expires_at'])).toBeGreaterThan(Date.now())
    expect(second.body['client_secret']).not.toBe(first.body['client_secret'])
    const rows = await database.rows('SELECT * FROM requests')
    expect(JSON.stringify(rows)).not.toContain('accs_secret')
  })

  it.for([
    ['issuing_card', 'cannot be made to'],
    ['financial_account', 'losses the platform answers for'],
    ['terminal_hardware_shop', 'orders its own'],
    ['__proto__', 'is not a component that Stripe has'],
  ] as const)('refuses %s and says why', async ([component, reason]) => {
    const account = await anAdopted(FULL)
    const answer = await open(account, ['payments', component])
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'components.1' }] },
    })
    expect(answer.body['errors'][0].message).toContain(reason)
  })

  it('has an opinion on every component that Stripe has', () => {
    expectTypeOf<Component | RefusedComponent>().toEqualTypeOf<
      keyof Stripe.AccountSessionCreateParams.Components
    >()
  })

  it('is for some component, and for fields that are known', async () => {
    const account = await anAdopted(FULL)
    expect((await open(account, [])).status).toBe(422)
    const unknown = { components: ['payments'], settings: 1 }
    const answer = await gatehouse.call('POST', `/v1/accounts/${account}/account_sessions`, { body: unknown })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'settings' }] } })
  })

  it('shows a rejected account its banner, but no onboarding', async () => {
    const account = await anAdopted(FULL)
    await gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move: 'rejected' })
    await gatehouse.settle()
    expect((await open(account, ['notification_banner'])).status).toBe(201)
    expect(await open(account, ['account_onboarding'])).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'account_rejected' }] },
    })
  })

  it('says that the account has left, although no webhook told', async () => {
    const account = await anAdopted(FULL)
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    expect(await open(account, ['payments'])).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'account_disconnected' }] },
    })
    expect((await read(account))['state']).toMatchObject({ connection: 'disconnected' })
  })

  it('tells a refusal that is about the session from one about the account', async () => {
    const account = await anAdopted(FULL)
    const fault = { route: 'POST /v1/account_sessions', status: 400, message: 'Not on this platform.' }
    await gatehouse.sim('POST', '/_sim/faults', fault)
    expect(await open(account, ['payments'])).toMatchObject({
      status: 422,
      body: { code: 'stripe_refused', detail: 'Not on this platform.' },
    })
  })

  it('counts as a start when it is for onboarding', async () => {
    const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
    const account: string = created.body['id']
    await open(account, ['notification_banner'])
    expect((await read(account))['state']).toMatchObject({ onboarding: 'created' })
    await open(account, ['account_onboarding'])
    expect((await read(account))['state']).toMatchObject({ onboarding: 'started' })
  })
})

describe('a fee policy', () => {
  const set = (account: string, body: object) =>
    gatehouse.call('PUT', `/v1/accounts/${account}/fee_policy`, { body })

  it('is set once, however often it is sent, and stands in the history', async () => {
    const account = await anAdopted(FULL)
    const policy = { bps: 250, fixed: 30, min: 50, max: 5_000 }
    expect(await set(account, policy)).toMatchObject({
      status: 200,
      body: { id: account, fee_policy: policy },
    })
    expect(await set(account, policy)).toMatchObject({ status: 200, body: { fee_policy: policy } })
    const { body } = await gatehouse.call('GET', `/v1/accounts/${account}/history`)
    const events = body['data'].filter(({ event }: { event: string }) => event === 'fee_policy.set')
    expect(events).toMatchObject([{ cause: { kind: 'command' }, changed: { 'fee_policy.bps': [null, 250] } }])
  })

  it('is what a payment costs that names no fee of its own', async () => {
    const account = await anAdopted(FULL)
    await set(account, { bps: 1_000 })
    const body = { amount: 2_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
    const paid = await gatehouse.call('POST', `/v1/accounts/${account}/payments`, { body })
    expect(paid).toMatchObject({ status: 201, body: { application_fee_amount: 200 } })
  })

  it.for([
    [{ bps: 10_001 }, 'bps'],
    [{ bps: 1.5 }, 'bps'],
    [{ bps: -1 }, 'bps'],
    [{}, 'bps'],
    [{ bps: 1, fixed: -1 }, 'fixed'],
    [{ bps: 1, min: 5, max: 4 }, 'max'],
    [{ bps: 1, percent: 3 }, 'percent'],
  ] as const)('%j is refused at %s', async ([policy, path]) => {
    const account = await anAdopted(FULL)
    expect(await set(account, policy)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path }] },
    })
  })

  it('is for an account that is known', async () => {
    expect(await set('acct_nobody', { bps: 1 })).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    })
  })
})
