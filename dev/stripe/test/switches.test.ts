import { describe, expect, it } from 'vitest'
import type { Switches } from '../src/core/switches.ts'
import { failure, header, testSimulator } from './test-simulator.ts'

/** Behaviour that Stripe's documentation leaves open. The README has the reason of each switch. */
describe('switches', () => {
  it.each(['none', 'standard'] as const)(
    'an account created with controller has the type %s',
    async (account_type) => {
      const { stripe } = testSimulator({ switches: { account_type } })
      expect((await stripe.accounts.create({})).type).toBe(account_type)
      expect((await stripe.accounts.create({ type: 'standard' })).type).toBe('standard')
    },
  )

  it.each(['refused', 'allowed'] as const)(
    'type together with controller is %s',
    async (type_beside_controller) => {
      const { stripe } = testSimulator({ switches: { type_beside_controller } })
      const both = stripe.accounts.create({
        type: 'standard',
        controller: { fees: { payer: 'account' } },
      })
      if (type_beside_controller === 'allowed') expect((await both).type).toBe('standard')
      else expect(await failure(both)).toMatchObject({ code: 'parameters_exclusive' })
    },
  )

  it.each([60, 300])('a link is valid for %d seconds', async (account_link_lifetime_s) => {
    const { stripe, request, simulator } = testSimulator({ switches: { account_link_lifetime_s } })
    const link = async () =>
      stripe.accountLinks.create({
        account: (await stripe.accounts.create({})).id,
        type: 'account_onboarding',
        refresh_url: 'https://p.example/refresh',
        return_url: 'https://p.example/return',
      })
    const [early, late] = [await link(), await link()]
    expect(early.expires_at - early.created).toBe(account_link_lifetime_s)
    await simulator.advance(account_link_lifetime_s - 1)
    expect((await request(new URL(early.url).pathname)).status).toBe(200)
    await simulator.advance(1)
    expect((await request(new URL(late.url).pathname)).status).toBe(303)
  })

  it('reduced requirements show the disabled reason and no list', async () => {
    const { enabledAccount, control, stripe } = testSimulator({
      switches: { requirements_after_link: 'reduced' },
    })
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_past_due' })
    expect((await stripe.accounts.retrieve(id)).requirements).toMatchObject({
      currently_due: null,
      past_due: null,
      errors: null,
      disabled_reason: 'requirements.past_due',
    })
  })

  it.each([true, false])('person events are sent: %s', async (person_events) => {
    const { stripe, control, types, simulator, connect } = testSimulator({ switches: { person_events } })
    const { id } = await stripe.accounts.create({ individual: { first_name: 'Ada' } })
    await control(`POST /_sim/accounts/${id}/onboard`, { outcome: 'verification_failed' })
    await simulator.advance(2)
    const personEvents = connect.filter(({ type }) => type.startsWith('person.'))
    expect(personEvents.map(({ type }) => type)).toEqual(
      person_events ? ['person.created', 'person.updated'] : [],
    )
    if (!person_events) return
    expect(personEvents[1]?.data.object).toMatchObject({
      object: 'person',
      account: id,
      requirements: { past_due: ['verification.document'] },
    })
    expect(personEvents[1]?.data.object).not.toHaveProperty('first_name')
    await types()
  })

  it.each(['present', 'absent'] as const)('requirements are %s after a link', async (state) => {
    const { stripe, enabledAccount, control, connect, simulator } = testSimulator({
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
    const { enabledAccount, control, types } = testSimulator({ switches: { external_accounts: state } })
    const account = await enabledAccount()
    expect('external_accounts' in account).toBe(state === 'present')
    await control(`POST /_sim/accounts/${account.id}/move`, { move: 'bank_changed' })
    expect((await types()).includes('account.external_account.created')).toBe(state === 'present')
  })

  it.each([true, false])('external account events are sent: %s', async (external_account_events) => {
    const { enabledAccount, control, types } = testSimulator({ switches: { external_account_events } })
    const { id } = await enabledAccount()
    await control(`POST /_sim/accounts/${id}/move`, { move: 'bank_changed' })
    expect((await types()).includes('account.external_account.created')).toBe(external_account_events)
  })

  it.each([true, false])('an account.updated follows creation: %s', async (account_updated_on_create) => {
    const { stripe, types } = testSimulator({ switches: { account_updated_on_create } })
    await stripe.accounts.create({})
    expect(await types()).toEqual(account_updated_on_create ? ['account.updated'] : [])
  })

  it.each([
    ['coded', 400, 'capability_not_active'],
    ['message', 400, undefined],
    ['message', 403, undefined],
    ['payment_method_unactivated', 400, 'payment_method_unactivated'],
  ] as const)(
    'a charge that may not be is refused by %s and %d',
    async (charges_disabled_error, charges_disabled_status, code) => {
      const { stripe } = testSimulator({ switches: { charges_disabled_error, charges_disabled_status } })
      const stripeAccount = (await stripe.accounts.create({})).id
      const error = await failure(
        stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount }),
      )
      expect([error.statusCode, error.code]).toEqual([charges_disabled_status, code])
    },
  )

  it('calls with an inactive capability can be allowed', async () => {
    const { stripe, payment } = testSimulator({ switches: { inactive_capability_calls: 'allowed' } })
    const { id } = await stripe.accounts.create({})
    expect((await payment(id)).status).toBe('succeeded')
  })

  it.each([true, false])(
    'the platform lists the events of its accounts: %s',
    async (platform_events_include_connected) => {
      const { stripe, enabledAccount } = testSimulator({ switches: { platform_events_include_connected } })
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

  it.each([true, false])(
    'a replay has the idempotent-replayed header: %s',
    async (idempotent_replayed_header) => {
      const { stripe } = testSimulator({ switches: { idempotent_replayed_header } })
      await stripe.accounts.create({}, { idempotencyKey: 'k' })
      const replay = await stripe.accounts.create({}, { idempotencyKey: 'k' })
      expect(header(replay, 'idempotent-replayed')).toBe(idempotent_replayed_header ? 'true' : null)
    },
  )

  it('idempotency keys can be shared by all accounts', async () => {
    const { stripe, enabledAccount } = testSimulator({ switches: { idempotency_scope: 'platform' } })
    const [one, two] = [(await enabledAccount()).id, (await enabledAccount()).id]
    const pay = (stripeAccount: string) =>
      stripe.paymentIntents.create(
        { amount: 1000, currency: 'usd' },
        { stripeAccount, idempotencyKey: 'order-1' },
      )
    expect((await pay(one)).id).toBe((await pay(two)).id)
  })

  it.each([86_400, 172_800])('keys are kept for %d seconds', async (idempotency_kept_s) => {
    const { stripe, simulator } = testSimulator({ switches: { idempotency_kept_s } })
    const create = async () => (await stripe.accounts.create({}, { idempotencyKey: 'k' })).id
    const first = await create()
    await simulator.advance(idempotency_kept_s - 1)
    expect(await create()).toBe(first)
    await simulator.advance(1)
    expect(await create()).not.toBe(first)
  })

  it('amounts can have twelve digits, and three-decimal currencies any last digit', async () => {
    const { stripe, control } = testSimulator()
    const pay = (amount: number, currency: string) => stripe.paymentIntents.create({ amount, currency })
    expect(await failure(pay(100_000_000, 'usd'))).toMatchObject({ code: 'amount_too_large' })
    expect(await failure(pay(1005, 'kwd'))).toMatchObject({ param: 'amount' })
    await control('POST /_sim/switches', { amount_digits: 12, three_decimal_amounts: 'any' })
    expect((await pay(999_999_999_999, 'usd')).amount).toBe(999_999_999_999)
    expect((await pay(1005, 'kwd')).amount).toBe(1005)
    expect(await failure(pay(1_000_000_000_000, 'usd'))).toMatchObject({ code: 'amount_too_large' })
  })

  it.each([null, 2])('the limit of failed attempts is %s', async (confirm_limit) => {
    const { stripe, enabledAccount, types } = testSimulator({ switches: { confirm_limit } })
    const stripeAccount = (await enabledAccount()).id
    const { id } = await stripe.paymentIntents.create(
      {
        amount: 1000,
        currency: 'usd',
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      },
      { stripeAccount },
    )
    const params = { payment_method: 'pm_card_chargeDeclined' }
    for (const status of [
      'requires_payment_method',
      confirm_limit === 2 ? 'canceled' : 'requires_payment_method',
    ]) {
      const { payment_intent: intent } = await failure(
        stripe.paymentIntents.confirm(id, params, { stripeAccount }),
      )
      expect(intent?.status).toBe(status)
    }
    expect((await types()).includes('payment_intent.canceled')).toBe(confirm_limit === 2)
  })

  it.each(['platform', 'account'] as const)(
    'calls for an account count against the %s',
    async (rate_limit_counts) => {
      const { stripe, enabledAccount, control } = testSimulator({
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

  it('refunds can be limited to available funds', async () => {
    const { stripe, enabledAccount, payment } = testSimulator({ switches: { refund_funds: 'available' } })
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const refund = await stripe.refunds.create({ payment_intent: paid.id }, { stripeAccount })
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'insufficient_funds' })
  })

  it('the uncaptured rest can count as refunded', async () => {
    const { stripe, enabledAccount, payment } = testSimulator({ switches: { partial_capture: 'refunded' } })
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual' })
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 7000 }, { stripeAccount })
    const [charge] = (await stripe.charges.list({}, { stripeAccount })).data
    expect(charge).toMatchObject({ amount_captured: 7000, amount_refunded: 3000, refunded: false })
    const rest = await stripe.refunds.create({ payment_intent: held.id }, { stripeAccount })
    expect(rest.amount).toBe(7000)
  })

  it.each(['capped', 'refused'] as const)(
    'a fee over what is captured is %s',
    async (application_fee_over_capture) => {
      const { stripe, enabledAccount, payment } = testSimulator({
        switches: { application_fee_over_capture },
      })
      const stripeAccount = (await enabledAccount()).id
      const held = await payment(stripeAccount, { capture_method: 'manual', application_fee_amount: 900 })
      const taken = stripe.paymentIntents.capture(held.id, { amount_to_capture: 600 }, { stripeAccount })
      if (application_fee_over_capture === 'capped') expect((await taken).amount_received).toBe(600)
      else expect(await failure(taken)).toMatchObject({ param: 'application_fee_amount' })
    },
  )

  it.each(['refused', 'allowed'] as const)(
    'a fee on a Brazilian account is %s',
    async (application_fees_in_brazil) => {
      const { stripe, enabledAccount } = testSimulator({ switches: { application_fees_in_brazil } })
      const stripeAccount = (await enabledAccount({ country: 'BR' })).id
      const params = { amount: 1000, currency: 'brl', application_fee_amount: 10 }
      const paid = stripe.paymentIntents.create(params, { stripeAccount })
      if (application_fees_in_brazil === 'allowed') expect((await paid).application_fee_amount).toBe(10)
      else expect(await failure(paid)).toMatchObject({ code: 'application_fees_not_allowed' })
    },
  )

  it('application fees can be synchronous, and their events can go to the Connect endpoint', async () => {
    const { enabledAccount, stripe, types, platform } = testSimulator({
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

  it('a dispute can return the application fee', async () => {
    const { stripe, enabledAccount, payment, control } = testSimulator({
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

  it('a failed payout can disable payouts until the bank account changes', async () => {
    const { stripe, enabledAccount, payment, control } = testSimulator({
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

  it.each([
    ['limited', 'instant_payouts_limit_exceeded'],
    ['unlimited', 'balance_insufficient'],
    ['disabled', 'instant_payouts_config_disabled'],
  ] as const)('instant payouts are %s', async (instant_payouts, code) => {
    const { stripe, enabledAccount } = testSimulator({ switches: { instant_payouts } })
    const stripeAccount = (await enabledAccount()).id
    const params = { amount: 1_000_000, currency: 'usd', method: 'instant' } as const
    expect(await failure(stripe.payouts.create(params, { stripeAccount }))).toMatchObject({ code })
  })

  it.each([
    ['coded', 'not_allowed_on_standard_account'],
    ['message', undefined],
  ] as const)(
    'a payout without platform controls is refused by %s',
    async (uncontrolled_payout_error, code) => {
      const { stripe, enabledAccount, control } = testSimulator({ switches: { uncontrolled_payout_error } })
      const stripeAccount = (await enabledAccount()).id
      await control(`POST /_sim/accounts/${stripeAccount}/deauthorize`)
      await control(`POST /_sim/accounts/${stripeAccount}/authorize`)
      const payout = stripe.payouts.create({ amount: 100, currency: 'usd' }, { stripeAccount })
      const { statusCode, code: given } = await failure(payout)
      expect([statusCode, given]).toEqual([400, code])
    },
  )

  it.each(['carried', 'debited'] as const)('a negative balance is %s', async (negative_balance) => {
    const { stripe, enabledAccount, payment, control, simulator } = testSimulator({
      switches: { negative_balance },
    })
    const stripeAccount = (await enabledAccount()).id
    await control(`POST /_sim/accounts/${stripeAccount}`, {
      settings: { payouts: { schedule: { interval: 'manual' } } },
    })
    const paid = await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    await simulator.advance(7 * 86_400)
    const payouts = (await stripe.payouts.list({}, { stripeAccount })).data
    expect(payouts.map(({ amount, status, automatic }) => [amount, status, automatic])).toEqual(
      negative_balance === 'debited' ? [[-1820, 'paid', true]] : [],
    )
    expect((await stripe.balance.retrieve({}, { stripeAccount })).available).toMatchObject([
      { amount: negative_balance === 'debited' ? 0 : -1820 },
    ])
    expect((await control('GET /_sim/books'))['balanced']).toBe(true)
  })

  it('the payout delay can be allowed to change', async () => {
    const { stripe, enabledAccount } = testSimulator({ switches: { delay_days: 'allowed' } })
    const { id } = await enabledAccount()
    const raised = await stripe.accounts.update(id, {
      settings: { payouts: { schedule: { delay_days: 9 } } },
    })
    expect(raised.settings?.payouts?.schedule.delay_days).toBe(9)
  })
})

it('switches can be changed and restored at run time', async () => {
  const { control } = testSimulator()
  const before = await control('GET /_sim/switches')
  expect(await control('POST /_sim/switches', { account_type: 'standard' })).toMatchObject({
    account_type: 'standard',
  })
  expect(await control('DELETE /_sim/switches')).toEqual(before)
  const unknown: Partial<Record<keyof Switches, string>> = { account_type: 'express' }
  await expect(control('POST /_sim/switches', unknown)).rejects.toThrow(
    'must be one of \\"none\\", \\"standard\\"',
  )
})

it('every listed value is accepted, and the first is the default', async () => {
  const { control } = testSimulator()
  const [values, defaults] = [await control('GET /_sim/switches/values'), await control('GET /_sim/switches')]
  expect(Object.keys(values).toSorted()).toEqual(Object.keys(defaults).toSorted())
  for (const [name, [byDefault, ...others]] of Object.entries<unknown[]>(values)) {
    expect([name, byDefault]).toEqual([name, defaults[name]])
    expect([name, others.length > 0]).toEqual([name, true])
    for (const value of others)
      expect(await control('POST /_sim/switches', { [name]: value })).toMatchObject({ [name]: value })
  }
})
