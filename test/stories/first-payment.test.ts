import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

it('an account goes from creation to a direct charge, and is refused again when a requirement is past due', async () => {
  const { call, sim, settle } = gatehouse
  const created = await call('POST', '/v1/accounts', {
    body: { external_id: 'shop-1', email: 'shop@example.com', country: 'US' },
  })
  expect(created, JSON.stringify(gatehouse.log)).toMatchObject({ status: 201 })
  const account: string = created.body['id']
  await settle()

  const pay = () =>
    call('POST', `/v1/accounts/${account}/payments`, {
      body: {
        amount: 1000,
        currency: 'usd',
        application_fee_amount: 100,
        payment_method: 'pm_card_visa',
        confirm: true,
      },
    })
  const refused = await pay()
  expect(refused.status).toBe(409)
  expect(refused.body).toMatchObject({
    code: 'gate_closed',
    gate: 'charge',
    blockers: [
      { code: 'onboarding_not_started', actor: 'merchant', remedy: { method: 'POST' } },
      { code: 'capability_unrequested' },
    ],
  })

  await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await settle()
  const status = await call('GET', `/v1/accounts/${account}/status`)
  expect(status.body).toMatchObject({
    state: { onboarding: 'enabled', charges: 'active', payouts: 'on' },
    badge: 'enabled',
    suspect: false,
    effects_pending: 0,
  })

  const paid = await pay()
  expect(paid.status).toBe(201)
  expect(paid.body).toMatchObject({
    status: 'succeeded',
    amount: 1000,
    application_fee_amount: 100,
    stripe_account: account,
  })
  await gatehouse.simulator.advance(10)
  await settle()
  const payment = await call('GET', `/v1/accounts/${account}/payments/${paid.body['id']}`)
  expect(payment.body).toMatchObject({ status: 'succeeded', fee: 'collected' })

  await sim('POST', `/_sim/accounts/${account}`, {
    charges_enabled: false,
    payouts_enabled: false,
    requirements: {
      past_due: ['business_profile.url'],
      currently_due: ['business_profile.url'],
      disabled_reason: 'requirements.past_due',
    },
  })
  await settle()
  const again = await pay()
  expect(again.status).toBe(409)
  expect(again.body['blockers'][0]).toMatchObject({
    code: 'requirements_past_due',
    actor: 'merchant',
    requirements: ['business_profile.url'],
  })
})
