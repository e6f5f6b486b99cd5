import { describe, expect, it } from 'vitest'
import type { Switches } from '../../dev/stripe/core/switches.ts'
import { bench, failure, header } from './bench.ts'

/** Where the documentation leaves a fact open, the simulator does either; its README says what each rests on. */
describe('what Stripe leaves open can be thrown either way', () => {
  it.each(['none', 'standard'] as const)(
    'an account made with controller has the type %s',
    async (account_type) => {
      const { stripe } = bench({ switches: { account_type } })
      expect((await stripe.accounts.create({})).type).toBe(account_type)
      expect((await stripe.accounts.create({ type: 'standard' })).type).toBe('standard')
    },
  )

  it.each(['present', 'absent'] as const)('requirements are %s once there was a link', async (state) => {
    const { stripe, enabledAccount, control, connect, simulator } = bench({
      switches: { requirements_after_link: state },
    })
    expect((await stripe.accounts.create({})).requirements).toBeDefined()
    const account = await enabledAccount()
    expect('requirements' in account).toBe(state === 'present')
    expect('future_requirements' in account).toBe(state === 'present')
    await control(`POST /_sim/accounts/${account.id}/move`, { move: 'under_review' })
    await simulator.settle()
    const update = connect.find(({ type }) => type === 'account.updated')
    expect('requirements' in (update?.data.object ?? {})).toBe(state === 'present')
  })

  it.each(['present', 'absent'] as const)('external accounts are %s', async (state) => {
    const { enabledAccount, control, types } = bench({ switches: { external_accounts: state } })
    const account = await enabledAccount()
    expect('external_accounts' in account).toBe(state === 'present')
    await control(`POST /_sim/accounts/${account.id}/move`, { move: 'bank_changed' })
    expect((await types()).includes('account.external_account.created')).toBe(state === 'present')
  })

  it.each([true, false])('external account events flow: %s', async (external_account_events) => {
    const { enabledAccount, control, types } = bench({ switches: { external_account_events } })
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'bank_changed' })
    expect((await types()).includes('account.external_account.created')).toBe(external_account_events)
  })

  it.each([true, false])('an account.updated follows creation: %s', async (account_updated_on_create) => {
    const { stripe, types } = bench({ switches: { account_updated_on_create } })
    await stripe.accounts.create({})
    expect(await types()).toEqual(account_updated_on_create ? ['account.updated'] : [])
  })

  it.each([
    ['coded', 400, 'capability_not_active'],
    ['message', 400, undefined],
    ['message', 403, undefined],
  ] as const)(
    'a charge that may not be is refused by %s and %d',
    async (charges_disabled_error, charges_disabled_status, code) => {
      const { stripe } = bench({ switches: { charges_disabled_error, charges_disabled_status } })
      const stripeAccount = (await stripe.accounts.create({})).id
      const error = await failure(
        stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount }),
      )
      expect([error.statusCode, error.code]).toEqual([charges_disabled_status, code])
    },
  )

  it('a sandbox may let through what a capability forbids', async () => {
    const { stripe, payment } = bench({ switches: { inactive_capability_calls: 'allowed' } })
    const { id } = await stripe.accounts.create({})
    expect((await payment(id)).status).toBe('succeeded')
  })

  it.each([true, false])(
    'the platform lists the events of its accounts: %s',
    async (platform_events_include_connected) => {
      const { stripe, enabledAccount } = bench({ switches: { platform_events_include_connected } })
      const { id } = await enabledAccount()
      const { data } = await stripe.events.list({ type: 'account.updated' })
      expect(data.some(({ account }) => account === id)).toBe(platform_events_include_connected)
      const [event = { id: 'evt_none' }] = data
      const read = stripe.events.retrieve(event.id).then(
        () => true,
        () => false,
      )
      expect(await read).toBe(platform_events_include_connected)
    },
  )

  it.each([true, false])('a replay says that it is one: %s', async (idempotent_replayed_header) => {
    const { stripe } = bench({ switches: { idempotent_replayed_header } })
    await stripe.accounts.create({}, { idempotencyKey: 'k' })
    const replay = await stripe.accounts.create({}, { idempotencyKey: 'k' })
    expect(header(replay, 'idempotent-replayed')).toBe(idempotent_replayed_header ? 'true' : null)
  })

  it('keys may be shared by all accounts of a platform', async () => {
    const { stripe, enabledAccount } = bench({ switches: { idempotency_scope: 'platform' } })
    const [one, two] = [(await enabledAccount()).id, (await enabledAccount()).id]
    const pay = (stripeAccount: string) =>
      stripe.paymentIntents.create(
        { amount: 1000, currency: 'usd' },
        { stripeAccount, idempotencyKey: 'order-1' },
      )
    expect((await pay(one)).id).toBe((await pay(two)).id)
  })

  it.each(['platform', 'account'] as const)(
    'calls for an account count against the %s',
    async (rate_limit_counts) => {
      const { stripe, enabledAccount, control } = bench({
        switches: { rate_limit_counts, rate_limited_reason_header: false },
      })
      const [one, two] = [(await enabledAccount()).id, (await enabledAccount()).id]
      await control('POST /_sim/switches', { rate_limit: { per_second: 1, per_endpoint: 1 } })
      await stripe.balance.retrieve({}, { stripeAccount: one })
      const second = stripe.balance.retrieve({}, { stripeAccount: two })
      if (rate_limit_counts === 'account') expect((await second).object).toBe('balance')
      else expect((await failure(second)).headers?.['stripe-rate-limited-reason']).toBeUndefined()
    },
  )

  it('a refund may draw on settled money alone', async () => {
    const { stripe, enabledAccount, payment } = bench({ switches: { refund_funds: 'available' } })
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const refund = await stripe.refunds.create({ payment_intent: paid.id }, { stripeAccount })
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'insufficient_funds' })
  })

  it('the rest of a smaller capture may show as refunded', async () => {
    const { stripe, enabledAccount, payment } = bench({ switches: { partial_capture: 'refunded' } })
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual' })
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 7000 }, { stripeAccount })
    const [charge] = (await stripe.charges.list({}, { stripeAccount })).data
    expect(charge).toMatchObject({ amount_captured: 7000, amount_refunded: 3000, refunded: false })
    const rest = await stripe.refunds.create({ payment_intent: held.id }, { stripeAccount })
    expect(rest.amount).toBe(7000)
  })

  it('application fees may come with the charge, and may be the account endpoint events', async () => {
    const { enabledAccount, stripe, types, platform } = bench({
      switches: { application_fee: 'sync', application_fee_events: 'connected' },
    })
    const stripeAccount = (await enabledAccount()).id
    await stripe.paymentIntents.create(
      {
        amount: 1000,
        currency: 'usd',
        application_fee_amount: 50,
        confirm: true,
        payment_method: 'pm_card_visa',
        return_url: 'https://p.example',
      },
      { stripeAccount },
    )
    expect(await types()).toEqual([
      'payment_intent.created',
      'application_fee.created',
      'charge.succeeded',
      'payment_intent.succeeded',
    ])
    expect(platform).toEqual([])
  })

  it('a dispute may give the application fee back', async () => {
    const { stripe, enabledAccount, payment, control } = bench({
      switches: { application_fee_returned_on_dispute: true },
    })
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { application_fee_amount: 500 })
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    expect((await stripe.applicationFees.list()).data).toMatchObject([
      { amount_refunded: 500, refunded: true },
    ])
    expect((await control('GET /_sim/books'))['balanced']).toBe(true)
  })

  it('a failed payout may switch payouts off, until the bank account changes', async () => {
    const { stripe, enabledAccount, payment, control } = bench({
      switches: { payout_failure: 'disables_payouts' },
    })
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    const { id } = await stripe.payouts.create({ amount: 100, currency: 'usd' }, { stripeAccount })
    await control(`POST /_sim/payouts/${id}`, { status: 'failed', failure_code: 'no_account' })
    expect((await stripe.accounts.retrieve(stripeAccount)).payouts_enabled).toBe(false)
    await control(`POST /_sim/accounts/${stripeAccount}/move`, { move: 'bank_changed' })
    expect((await stripe.accounts.retrieve(stripeAccount)).payouts_enabled).toBe(true)
  })

  it('the payout delay may be raised', async () => {
    const { stripe, enabledAccount } = bench({ switches: { delay_days: 'allowed' } })
    const { id } = await enabledAccount()
    const raised = await stripe.accounts.update(id, {
      settings: { payouts: { schedule: { delay_days: 9 } } },
    })
    expect(raised.settings?.payouts?.schedule.delay_days).toBe(9)
  })
})

it('throws and restores switches while it runs', async () => {
  const { control } = bench()
  const before = await control('GET /_sim/switches')
  expect(await control('POST /_sim/switches', { account_type: 'standard' })).toMatchObject({
    account_type: 'standard',
  })
  expect(await control('DELETE /_sim/switches')).toEqual(before)
  const unknown: Partial<Record<keyof Switches, string>> = { account_type: 'express' }
  await expect(control('POST /_sim/switches', unknown)).rejects.toThrow('account_type')
})
