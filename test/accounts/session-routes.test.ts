/** Account Sessions: which embedded components they open, for which accounts. */
import type { Stripe } from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { Component, RefusedComponent } from '../../src/accounts/session-routes.ts'
import { adoptedAccount } from '../support/adopted-account.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
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

const open = (account: string, components: unknown, idempotencyKey?: string) =>
  gatehouse.call('POST', `/v1/accounts/${account}/account_sessions`, {
    body: { components },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
const stateOf = async (account: string) =>
  (await gatehouse.call('GET', `/v1/accounts/${account}/status`)).body['state']

describe('an account session', () => {
  it('has a new secret for each request, retries included, and the secret is stored nowhere', async () => {
    const account = await adoptedAccount(gatehouse)
    const components = ['notification_banner', 'payments', 'payouts', 'documents', 'payments']
    const first = await open(account, components, 'same')
    const second = await open(account, components, 'same')
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
    ['issuing_card', 'losses Stripe bears cannot do'],
    ['financial_account', 'losses the platform bears'],
    ['terminal_hardware_shop', 'orders their own'],
    ['__proto__', 'is not a component of Stripe’s'],
  ] as const)('refuses the component %s with a reason', async ([component, reason]) => {
    const account = await adoptedAccount(gatehouse)
    const answer = await open(account, ['payments', component])
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'components.1' }] },
    })
    expect(answer.body['errors'][0].message).toContain(reason)
  })

  it('allows or refuses by name every component in Stripe’s types', () => {
    expectTypeOf<Component | RefusedComponent>().toEqualTypeOf<
      keyof Stripe.AccountSessionCreateParams.Components
    >()
  })

  it('refuses an empty list of components and an unknown field', async () => {
    const account = await adoptedAccount(gatehouse)
    expect((await open(account, [])).status).toBe(422)
    const unknown = { components: ['payments'], settings: 1 }
    const answer = await gatehouse.call('POST', `/v1/accounts/${account}/account_sessions`, { body: unknown })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'settings' }] } })
  })

  it('shows a rejected account its banner, but refuses onboarding', async () => {
    const account = await adoptedAccount(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move: 'rejected' })
    await gatehouse.settle()
    expect((await open(account, ['notification_banner'])).status).toBe(201)
    expect(await open(account, ['account_onboarding'])).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'account_rejected' }] },
    })
  })

  it('is refused for a disconnected account even if the webhook was lost', async () => {
    const account = await adoptedAccount(gatehouse)
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    expect(await open(account, ['payments'])).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'account_disconnected' }] },
    })
    expect(await stateOf(account)).toMatchObject({ connection: 'disconnected' })
  })

  it('passes on Stripe’s refusal if the account is in order', async () => {
    const account = await adoptedAccount(gatehouse)
    const fault = { route: 'POST /v1/account_sessions', status: 400, message: 'Not on this platform.' }
    await gatehouse.sim('POST', '/_sim/faults', fault)
    expect(await open(account, ['payments'])).toMatchObject({
      status: 422,
      body: { code: 'stripe_refused', detail: 'Not on this platform.' },
    })
  })

  it('starts onboarding only if it opens the onboarding component', async () => {
    const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
    const account: string = created.body['id']
    await open(account, ['notification_banner'])
    expect(await stateOf(account)).toMatchObject({ onboarding: 'created' })
    await open(account, ['account_onboarding'])
    expect(await stateOf(account)).toMatchObject({ onboarding: 'started' })
  })
})
