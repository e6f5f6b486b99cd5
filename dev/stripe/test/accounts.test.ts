import { describe, expect, it } from 'vitest'
import { type TestSimulator, failure, testSimulator } from './test-simulator.ts'

/** The default account: full dashboard, direct charges, Stripe is liable. */
const FULL = {
  controller: {
    stripe_dashboard: { type: 'full' },
    fees: { payer: 'account' },
    losses: { payments: 'stripe' },
    requirement_collection: 'stripe',
  },
} as const

/**
 * https://docs.stripe.com/api/accounts/create
 * https://docs.stripe.com/connect/hosted-onboarding#create-account
 * https://docs.stripe.com/connect/migrate-to-controller-properties
 */
describe('creation', () => {
  it('explicit defaults, an empty controller and no controller all create a full-dashboard account', async () => {
    const { stripe } = testSimulator()
    for (const params of [FULL, { controller: {} }, {}]) {
      const account = await stripe.accounts.create(params)
      expect(account.controller).toEqual({ ...FULL.controller, is_controller: true, type: 'application' })
      expect(account).toMatchObject({
        type: 'none',
        charges_enabled: false,
        payouts_enabled: false,
        details_submitted: false,
        capabilities: {},
        requirements: { disabled_reason: 'requirements.past_due' },
      })
      expect(account.requirements?.currently_due).toContain('tos_acceptance.date')
    }
  })

  it('type together with controller is refused, and so is liability for losses without fees', async () => {
    const { stripe } = testSimulator()
    const both = await failure(stripe.accounts.create({ type: 'standard', controller: FULL.controller }))
    expect(both).toMatchObject({ statusCode: 400, code: 'parameters_exclusive', param: 'type' })
    const losses = { losses: { payments: 'application' } } as const
    expect(await failure(stripe.accounts.create({ controller: losses }))).toMatchObject({
      statusCode: 400,
      param: 'controller[fees][payer]',
    })
  })

  it('card_payments requires transfers, and an account without a dashboard requires a capability', async () => {
    const { stripe } = testSimulator()
    const alone = stripe.accounts.create({ capabilities: { card_payments: { requested: true } } })
    expect(await failure(alone)).toMatchObject({ statusCode: 400, param: 'capabilities' })
    const bare = stripe.accounts.create({
      controller: {
        stripe_dashboard: { type: 'none' },
        fees: { payer: 'application' },
        losses: { payments: 'application' },
        requirement_collection: 'application',
      },
    })
    expect(await failure(bare)).toMatchObject({ param: 'capabilities', code: 'parameter_missing' })
  })

  it('prefilled data is not required again', async () => {
    const { stripe } = testSimulator()
    const account = await stripe.accounts.create({
      business_type: 'individual',
      business_profile: { url: 'https://shop.example', mcc: '5734' },
      individual: { first_name: 'Ada', last_name: 'Lovelace', dob: { day: 1, month: 1, year: 1901 } },
      external_account: 'btok_us_verified',
    })
    expect(account.requirements?.currently_due).toEqual([
      'representative.email',
      'representative.phone',
      'tos_acceptance.date',
      'tos_acceptance.ip',
    ])
    expect(account.individual).toMatchObject({ first_name: 'Ada' })
    expect(account.external_accounts?.data).toMatchObject([{ last4: '6789', status: 'new' }])
  })

  it('the holder chooses the country only if the platform sent neither it nor a capability', async () => {
    const { stripe, control } = testSimulator()
    const free = await stripe.accounts.create({})
    await control(`POST /_sim/accounts/${free.id}/onboard`, { country: 'DE' })
    expect(await stripe.accounts.retrieve(free.id)).toMatchObject({ country: 'DE', default_currency: 'eur' })
    const capabilities = { card_payments: { requested: true }, transfers: { requested: true } }
    for (const params of [{ country: 'US' }, { capabilities }]) {
      const frozen = await stripe.accounts.create(params)
      await control(`POST /_sim/accounts/${frozen.id}/onboard`, { country: 'DE' })
      expect(await stripe.accounts.retrieve(frozen.id)).toMatchObject({ country: 'US' })
    }
  })

  it('a country without Stripe is refused, from the platform and from the holder', async () => {
    const { stripe, control } = testSimulator()
    expect(await failure(stripe.accounts.create({ country: 'XX' }))).toMatchObject({
      code: 'country_unsupported',
      param: 'country',
    })
    const { id } = await stripe.accounts.create({})
    await expect(control(`POST /_sim/accounts/${id}/onboard`, { country: 'XX' })).rejects.toThrow(
      'XX is not currently supported by Stripe.',
    )
  })

  it('Stripe requests capabilities on submission if the platform requested none', async () => {
    const { enabledAccount } = testSimulator()
    const account = await enabledAccount({})
    expect(account.capabilities).toEqual({ card_payments: 'active', transfers: 'active' })
  })

  it('creation sends an account.updated, which can arrive before the answer is stored', async () => {
    const { stripe, types } = testSimulator()
    await stripe.accounts.create({ country: 'US' })
    expect(await types()).toEqual(['account.updated'])
    const capabilities = { card_payments: { requested: true }, transfers: { requested: true } }
    await stripe.accounts.create({ country: 'US', capabilities })
    expect(await types()).toEqual(['capability.updated', 'capability.updated', 'account.updated'])
  })

  it('a prefilled bank account stays unless the holder enters another', async () => {
    const { stripe, control } = testSimulator()
    for (const [given, last4] of [
      [{}, '6789'],
      [{ account_number: '000111111116' }, '1116'],
    ] as const) {
      const { id, external_accounts: before } = await stripe.accounts.create({
        external_account: 'btok_us_verified',
      })
      await control(`POST /_sim/accounts/${id}/onboard`, given)
      const { external_accounts: after } = await stripe.accounts.retrieve(id)
      expect(after?.data).toMatchObject([{ last4 }])
      expect(after?.data[0]?.id === before?.data[0]?.id).toBe(last4 === '6789')
    }
  })
})

/**
 * https://docs.stripe.com/api/accounts/update
 */
describe("the platform's access to account data", () => {
  it('the platform can write identity data only before the first link', async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.accounts.create({})
    const prefilled = { individual: { first_name: 'Ada' }, business_type: 'individual' } as const
    expect(await stripe.accounts.update(id, prefilled)).toMatchObject(prefilled)
    await link(stripe, id)
    const refusedAlone = await failure(stripe.accounts.update(id, { individual: { first_name: 'Eve' } }))
    expect(refusedAlone).toMatchObject({
      type: 'StripePermissionError',
      statusCode: 403,
      message: `This application does not have the required permissions for the parameter 'individual' on account '${id}'.`,
    })
    for (const params of [
      { business_type: 'company' },
      { company: { name: 'X' } },
      { external_account: 'btok_us' },
      { tos_acceptance: { date: 1, ip: '8.8.8.8' } },
    ] as const) {
      expect(await failure(stripe.accounts.update(id, params))).toMatchObject({ statusCode: 403 })
    }
    const settings = { payouts: { statement_descriptor: 'SHOP' } }
    const updated = await stripe.accounts.update(id, {
      email: 'new@example.com',
      metadata: { a: 'b' },
      settings,
    })
    expect(updated).toMatchObject({ email: 'new@example.com', metadata: { a: 'b' } })
  })

  it('identity data is hidden after the first link or session, and no event reports it', async () => {
    const { stripe, types } = testSimulator()
    for (const open of [link, session]) {
      const { id } = await stripe.accounts.create({
        individual: { first_name: 'Ada' },
        company: { name: 'X' },
      })
      await types()
      await open(stripe, id)
      const account = await stripe.accounts.retrieve(id)
      expect(account.individual).toBeUndefined()
      expect(account.company).not.toHaveProperty('name')
      expect(await types()).toEqual([])
    }
  })

  it('only the holder can change bank accounts', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const account = await enabledAccount()
    const [bank] = account.external_accounts?.data ?? []
    expect((await stripe.accounts.listExternalAccounts(account.id)).data).toEqual([bank])
    const calls = [
      stripe.accounts.createExternalAccount(account.id, { external_account: 'btok_us' }),
      stripe.accounts.updateExternalAccount(account.id, bank?.id ?? '', { metadata: { a: 'b' } }),
      stripe.accounts.deleteExternalAccount(account.id, bank?.id ?? ''),
    ]
    for (const call of calls) expect(await failure(call)).toMatchObject({ statusCode: 403 })
  })

  it('an empty value removes a metadata key', async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.accounts.create({ metadata: { a: '1', b: '2' } })
    expect((await stripe.accounts.update(id, { metadata: { a: '' } })).metadata).toEqual({ b: '2' })
    expect((await stripe.accounts.update(id, { metadata: '' })).metadata).toEqual({})
  })
})

/**
 * https://docs.stripe.com/connect/account-capabilities
 * https://docs.stripe.com/api/capabilities/object
 */
describe('capabilities', () => {
  it('a capability is inactive during onboarding and has its own disabled reasons', async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.accounts.create({
      capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
    })
    const capability = await stripe.accounts.retrieveCapability(id, 'card_payments')
    expect(capability).toMatchObject({
      id: 'card_payments',
      account: id,
      requested: true,
      status: 'inactive',
      requirements: { disabled_reason: 'pending.onboarding' },
    })
    expect(capability.requirements?.currently_due.length).toBeGreaterThan(0)
    expect((await stripe.accounts.listCapabilities(id)).data.map((one) => one.id)).toEqual([
      'card_payments',
      'transfers',
    ])
  })

  it('a capability can be requested later, and removing it disables charges', async () => {
    const { stripe, enabledAccount, types } = testSimulator()
    const { id } = await enabledAccount()
    expect(await stripe.accounts.retrieveCapability(id, 'affirm_payments')).toMatchObject({
      status: 'unrequested',
    })
    await stripe.accounts.updateCapability(id, 'affirm_payments', { requested: true })
    expect((await stripe.accounts.retrieve(id)).capabilities).toMatchObject({ affirm_payments: 'active' })
    expect(await types()).toEqual(['capability.updated', 'account.updated'])
    await stripe.accounts.updateCapability(id, 'card_payments', { requested: false })
    const account = await stripe.accounts.retrieve(id)
    expect(account.charges_enabled).toBe(false)
    expect(account.capabilities).not.toHaveProperty('card_payments')
  })
})

/**
 * https://docs.stripe.com/api/accounts/list
 */
describe('finding accounts', () => {
  it('the account list is newest first, filters by created, and has no metadata filter', async () => {
    const { stripe, clock } = testSimulator()
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      ids.unshift((await stripe.accounts.create({ metadata: { internal_id: String(i) } })).id)
      clock.ms += 10_000
    }
    expect((await stripe.accounts.list()).data.map(({ id }) => id)).toEqual(ids)
    const gte = Math.floor(clock.ms / 1000) - 20
    expect((await stripe.accounts.list({ created: { gte } })).data.map(({ id }) => id)).toEqual(
      ids.slice(0, 2),
    )
    const byMetadata = stripe.accounts.list({ metadata: { internal_id: '1' } } as object)
    expect(await failure(byMetadata)).toMatchObject({ code: 'parameter_unknown', param: 'metadata' })
  })

  it('GET /v1/account returns the platform or the account in the header', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const { id } = await enabledAccount()
    expect((await stripe.accounts.retrieveCurrent({}, { stripeAccount: id })).id).toBe(id)
    expect((await stripe.accounts.retrieveCurrent()).id).not.toBe(id)
  })
})

/**
 * https://docs.stripe.com/error-codes
 * https://docs.stripe.com/connect/webhooks
 * https://docs.stripe.com/api/account/reject
 * https://docs.stripe.com/api/accounts/delete
 */
describe('deauthorization, rejection and deletion', () => {
  it('every call for a deauthorized account is refused with 403 account_invalid', async () => {
    const { stripe, enabledAccount, control, types, connect, simulator } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/deauthorize`)
    await simulator.settle()
    const [event] = connect
    expect(event).toMatchObject({ type: 'account.application.deauthorized', account: id })
    expect(event?.data.object).toMatchObject({ object: 'application' })
    const calls = [
      stripe.accounts.retrieve(id),
      stripe.paymentIntents.list({}, { stripeAccount: id }),
      stripe.events.list({}, { stripeAccount: id }),
      stripe.accounts.update(id, { metadata: { a: 'b' } }),
    ]
    for (const call of calls) {
      expect(await failure(call)).toMatchObject({
        type: 'StripePermissionError',
        statusCode: 403,
        code: 'account_invalid',
        message: expect.stringContaining('Application access may have been revoked.'),
      })
    }
    expect((await stripe.accounts.list()).data).toEqual([])
    connect.length = 0
    await control(`POST /_sim/accounts/${id}/move`, { move: 'rejected' })
    expect(await types()).toEqual([])
  })

  it('a new authorization does not restore platform controls', async () => {
    const { stripe, enabledAccount, control, types } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/deauthorize`)
    await control(`POST /_sim/accounts/${id}/authorize`)
    expect(await types()).toEqual(['account.application.deauthorized', 'account.application.authorized'])
    await control(`POST /_sim/accounts/${id}/authorize`)
    expect(await types()).toEqual([])
    const account = await stripe.accounts.retrieve(id)
    expect(account.controller).toEqual({ type: 'account' })
    expect(account.external_accounts).toBeUndefined()
    const payout = stripe.payouts.create({ amount: 100, currency: 'usd' }, { stripeAccount: id })
    expect(await failure(payout)).toMatchObject({ code: 'not_allowed_on_standard_account' })
  })

  it('an unknown account is refused like an inaccessible one', async () => {
    const { stripe } = testSimulator()
    for (const stripeAccount of ['acct_unknown', 'cus_123']) {
      const call = stripe.balance.retrieve({}, { stripeAccount })
      expect(await failure(call)).toMatchObject({ statusCode: 403, code: 'account_invalid' })
    }
  })

  it('a platform can reject only accounts that it is liable for, and delete any in test mode', async () => {
    const { stripe } = testSimulator()
    const full = await stripe.accounts.create({})
    expect(await failure(stripe.accounts.reject(full.id, { reason: 'fraud_other' }))).toMatchObject({
      statusCode: 400,
    })
    const express = await stripe.accounts.create({ type: 'express' })
    const rejected = await stripe.accounts.reject(express.id, { reason: 'fraud_other' })
    expect(rejected.requirements?.disabled_reason).toBe('rejected.platform_fraud')
    expect((await stripe.accounts.unreject(express.id)).charges_enabled).toBe(true)
    expect(await stripe.accounts.del(full.id)).toMatchObject({ id: full.id, deleted: true })
    expect(await failure(stripe.accounts.retrieve(full.id))).toMatchObject({ code: 'account_invalid' })
  })

  it('only Express accounts have login links', async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.accounts.create({})
    expect(await failure(stripe.accounts.createLoginLink(id))).toMatchObject({ statusCode: 400 })
  })
})

type Client = TestSimulator['stripe']

async function link(stripe: Client, account: string): Promise<void> {
  const urls = { refresh_url: 'https://p.example/refresh', return_url: 'https://p.example/return' }
  await stripe.accountLinks.create({ account, type: 'account_onboarding', ...urls })
}

async function session(stripe: Client, account: string): Promise<void> {
  await stripe.accountSessions.create({ account, components: { account_onboarding: { enabled: true } } })
}
