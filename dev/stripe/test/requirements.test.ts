import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { START_MS, testSimulator } from './test-simulator.ts'

const NOW = START_MS / 1000
const DAY = 86_400

/**
 * https://docs.stripe.com/connect/handling-api-verification
 */
describe('requirements', () => {
  it('a due requirement becomes past due at the deadline, and verified after the answer', async () => {
    const { stripe, enabledAccount, control, types, simulator, connect } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, {
      move: 'requirements_due',
      fields: ['company.tax_id'],
      deadline_s: 3 * DAY,
    })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { currently_due: ['company.tax_id'], past_due: [], current_deadline: NOW + 3 * DAY },
    })
    expect(await types()).toEqual(['capability.updated', 'capability.updated', 'account.updated'])

    await simulator.advance(3 * DAY - 1)
    expect(await types()).toEqual([])
    await simulator.advance(1)
    const update = connect.find(({ type }) => type === 'account.updated')
    expect(update?.created).toBe(NOW + 3 * DAY)
    expect(update?.data.previous_attributes).toEqual({
      capabilities: { card_payments: 'active', transfers: 'active' },
      charges_enabled: true,
      payouts_enabled: true,
      requirements: { disabled_reason: null, past_due: [] },
    })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      capabilities: { card_payments: 'inactive', transfers: 'inactive' },
      requirements: { past_due: ['company.tax_id'], disabled_reason: 'requirements.past_due' },
    })

    await control(`POST /_sim/accounts/${id}/move`, { move: 'answered' })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      capabilities: { card_payments: 'pending' },
      requirements: {
        pending_verification: ['company.tax_id'],
        disabled_reason: 'requirements.pending_verification',
      },
    })
    await simulator.advance(2)
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      capabilities: { card_payments: 'active', transfers: 'active' },
      requirements: { currently_due: [], disabled_reason: null },
    })
  })

  it('a stated past due list disables the account, and empty lists enable it', async () => {
    const { stripe, enabledAccount, control, types } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}`, { requirements: { past_due: ['business_profile.url'] } })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      capabilities: { card_payments: 'inactive', transfers: 'inactive' },
      requirements: {
        past_due: ['business_profile.url'],
        currently_due: ['business_profile.url'],
        disabled_reason: 'requirements.past_due',
      },
    })
    expect(await types()).toEqual([
      'capability.updated',
      'capability.updated',
      'account.updated',
      'balance_settings.updated',
    ])

    await control(`POST /_sim/accounts/${id}`, { requirements: { past_due: [], currently_due: [] } })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      payouts_enabled: true,
      capabilities: { card_payments: 'active', transfers: 'active' },
      requirements: { past_due: [], currently_due: [], disabled_reason: null },
    })
  })

  it('stated consequences are not overridden by stated lists', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}`, {
      requirements: { past_due: ['business_profile.url'] },
      payouts_enabled: false,
    })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      payouts_enabled: false,
      requirements: { past_due: ['business_profile.url'], disabled_reason: null },
    })
  })

  it('a deadline that was met or moved changes nothing', async () => {
    const { stripe, enabledAccount, control, simulator } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_due', deadline_s: DAY })
    await control(`POST /_sim/accounts/${id}`, { requirements: { current_deadline: NOW + 5 * DAY } })
    await simulator.advance(2 * DAY)
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { past_due: [] },
    })
    await control(`POST /_sim/accounts/${id}/move`, { move: 'answered' })
    await simulator.advance(10 * DAY)
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { past_due: [] },
    })
  })

  it('an enabled account stays enabled during verification', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_due' })
    await control(`POST /_sim/accounts/${id}/move`, { move: 'answered' })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { pending_verification: ['individual.verification.document'], disabled_reason: null },
    })
  })

  it('a deadline can disable payouts alone', async () => {
    const { stripe, enabledAccount, control, simulator } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}`, { at_deadline: { charges: true, payouts: false } })
    await control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_due', deadline_s: DAY })
    await simulator.advance(DAY)
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      payouts_enabled: false,
    })
  })

  it('an enabled account has eventually due requirements', async () => {
    const { enabledAccount } = testSimulator()
    const { requirements } = await enabledAccount()
    expect(requirements).toMatchObject({ currently_due: [], past_due: [] })
    expect(requirements?.eventually_due?.length).toBeGreaterThan(0)
  })
})

/**
 * https://docs.stripe.com/connect/handling-api-verification
 */
describe('risk items', () => {
  it('a risk item is a requirement and can disable a verified account', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, {
      move: 'risk_item',
      description: 'url_inquiry',
      path: 'challenge',
    })
    const asked = await stripe.accounts.retrieve(id)
    expect(asked.requirements?.currently_due?.[0]).toMatch(/^interv_\w+\.url_inquiry\.challenge$/)
    expect(asked.charges_enabled).toBe(true)
    await control(`POST /_sim/accounts/${id}/move`, { move: 'risk_item', disables: true })
    const stopped = await stripe.accounts.retrieve(id)
    expect(stopped).toMatchObject({ charges_enabled: false, requirements: { disabled_reason: 'other' } })
    expect(stopped.requirements?.past_due?.[0]).toMatch(/^interv_\w+\.business_model_verification\.form$/)
  })
})

/**
 * https://docs.stripe.com/api/accounts/object#account_object-future_requirements
 */
describe('future requirements', () => {
  it('future requirements become current and past due at their deadline', async () => {
    const { stripe, enabledAccount, control, simulator } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, {
      move: 'future_requirements',
      fields: ['company.tax_id'],
      deadline_s: DAY,
    })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { currently_due: [] },
      future_requirements: {
        currently_due: ['company.tax_id'],
        disabled_reason: null,
        current_deadline: NOW + DAY,
      },
    })
    await simulator.advance(DAY)
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: false,
      requirements: { currently_due: ['company.tax_id'], past_due: ['company.tax_id'] },
      future_requirements: { currently_due: [], current_deadline: null },
    })
  })
})

/**
 * https://docs.stripe.com/api/accounts/object#account_object-requirements-disabled_reason
 */
describe("Stripe's decisions", () => {
  it.each([
    ['under_review', 'under_review'],
    ['listed', 'listed'],
    ['paused', 'other'],
    ['rejected', 'rejected.other'],
  ])('the move %s disables the account with %s and can be reversed', async (move, reason) => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      capabilities: { card_payments: 'inactive', transfers: 'inactive' },
      requirements: { disabled_reason: reason },
    })
    await control(`POST /_sim/accounts/${id}/move`, { move: 'enabled' })
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { disabled_reason: null },
    })
  })
})

/** Every value of stripe-node's type. A new value does not compile. */
const DISABLED_REASONS: Record<
  NonNullable<NonNullable<Stripe.Account.Requirements['disabled_reason']>>,
  Stripe.Capability.Requirements['disabled_reason']
> = {
  'action_required.requested_capabilities': 'requirements.fields_needed',
  listed: 'pending.review',
  other: 'other',
  platform_paused: 'platform_paused',
  'rejected.fraud': 'rejected.other',
  'rejected.incomplete_verification': 'rejected.other',
  'rejected.listed': 'rejected.other',
  'rejected.other': 'rejected.other',
  'rejected.platform_fraud': 'rejected.other',
  'rejected.platform_other': 'rejected.other',
  'rejected.platform_terms_of_service': 'rejected.other',
  'rejected.terms_of_service': 'rejected.other',
  'requirements.past_due': 'requirements.fields_needed',
  'requirements.pending_verification': 'requirements.fields_needed',
  under_review: 'pending.review',
}

/**
 * https://docs.stripe.com/api/capabilities/object
 */
describe('disabled reasons', () => {
  it.each(Object.entries(DISABLED_REASONS))(
    'the account reason %s is %s for a capability',
    async (reason, own) => {
      const { stripe, enabledAccount, control } = testSimulator()
      const { id } = await enabledAccount()
      await control(`POST /_sim/accounts/${id}`, {
        disabled_reason: reason,
        charges_enabled: false,
        capabilities: { card_payments: 'inactive' },
      })
      expect((await stripe.accounts.retrieve(id)).requirements?.disabled_reason).toBe(reason)
      const capability = await stripe.accounts.retrieveCapability(id, 'card_payments')
      expect([capability.status, capability.requirements?.disabled_reason]).toEqual(['inactive', own])
    },
  )

  it('an account without capabilities is disabled until one is requested', async () => {
    const { stripe } = testSimulator()
    const { requirements } = await stripe.accounts.create({ type: 'express' })
    expect(requirements?.disabled_reason).toBe('action_required.requested_capabilities')
  })
})

/** https://docs.stripe.com/api/accounts/object#account_object-requirements-alternatives */
describe('other entries of the lists', () => {
  it('alternatives and errors are shown as stated', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    const alternatives = [
      {
        original_fields_due: ['business_profile.url'],
        alternative_fields_due: ['business_profile.product_description'],
      },
    ]
    const errors = [
      {
        code: 'invalid_url_website_incomplete',
        reason: 'The page is empty.',
        requirement: 'business_profile.url',
      },
    ]
    await control(`POST /_sim/accounts/${id}`, {
      requirements: { currently_due: ['business_profile.url'], alternatives, errors },
    })
    expect((await stripe.accounts.retrieve(id)).requirements).toMatchObject({ alternatives, errors })
  })

  it.each(['form', 'challenge', 'support'])('a risk item can have the path %s', async (path) => {
    const { stripe, enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'risk_item', description: 'credit_review', path })
    const due = (await stripe.accounts.retrieve(id)).requirements?.currently_due
    expect(due).toEqual([expect.stringMatching(new RegExp(`^interv_\\w+\\.credit_review\\.${path}$`))])
  })
})

describe('POST /_sim/accounts/{acct}', () => {
  it('only the stated fields change, and only their events are sent', async () => {
    const { stripe, enabledAccount, control, types } = testSimulator()
    const { id } = await enabledAccount()
    for (const charges_enabled of [true, false]) {
      for (const payouts_enabled of [true, false]) {
        await control(`POST /_sim/accounts/${id}`, { charges_enabled, payouts_enabled })
        expect(await stripe.accounts.retrieve(id)).toMatchObject({
          charges_enabled,
          payouts_enabled,
          capabilities: { card_payments: 'active' },
        })
      }
    }
    await control(`POST /_sim/accounts/${id}`, { charges_enabled: true, payouts_enabled: true })
    await types()
    await control(`POST /_sim/accounts/${id}`, { charges_enabled: true })
    expect(await types()).toEqual([])
    await control(`POST /_sim/accounts/${id}`, { charges_enabled: false })
    expect(await types()).toEqual(['account.updated'])
    await control(`POST /_sim/accounts/${id}`, { capabilities: { card_payments: 'inactive' } })
    expect(await types()).toEqual(['capability.updated', 'account.updated'])
    await control(`POST /_sim/accounts/${id}`, { external_accounts: [{ account_number: '000111111113' }] })
    expect(await types()).toEqual([
      'account.external_account.created',
      'account.external_account.deleted',
      'account.updated',
    ])
  })

  it('a bank account can be changed, deleted and replaced', async () => {
    const { stripe, enabledAccount, control, types } = testSimulator()
    const { id, external_accounts: before } = await enabledAccount()
    const bank = before?.data[0]?.id
    const now = async (external_accounts: object[]) => {
      await control(`POST /_sim/accounts/${id}`, { external_accounts })
      return (await stripe.accounts.retrieve(id)).external_accounts?.data
    }
    expect(await now([{ id: bank, status: 'errored' }])).toMatchObject([{ id: bank, status: 'errored' }])
    expect(await types()).toEqual(['account.external_account.updated', 'account.updated'])
    expect(await now([{ id: bank, deleted: true }])).toEqual([])
    expect(await types()).toEqual(['account.external_account.deleted', 'account.updated'])
    expect(await now([{ account_number: '000111111113', status: 'verification_failed' }])).toMatchObject([
      { last4: '1113', status: 'verification_failed', default_for_currency: true },
    ])
  })

  it('the control shows data that the platform cannot see', async () => {
    const { enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    const truth = await control(`GET /_sim/accounts/${id}`)
    expect(truth).toMatchObject({
      account: { id, charges_enabled: true },
      connected: true,
      controlled: true,
      capabilities: [{ id: 'card_payments', status: 'active' }, { id: 'transfers' }],
    })
    expect(Object.values(truth['bankNumbers'] ?? {})).toEqual(['000123456789'])
  })

  it('unknown fields are refused', async () => {
    const { enabledAccount, control } = testSimulator()
    const { id } = await enabledAccount()
    await expect(control(`POST /_sim/accounts/${id}`, { charges: true })).rejects.toThrow('charges')
    await expect(control('POST /_sim/accounts/acct_none', {})).rejects.toThrow('No such account')
  })
})
