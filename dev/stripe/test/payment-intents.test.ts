import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { idOf } from '../src/core/json.ts'
import { START_MS, failure, testSimulator } from './test-simulator.ts'

const DAY = 86_400
const NO_REDIRECTS = { enabled: true, allow_redirects: 'never' } as const

/**
 * https://docs.stripe.com/connect/direct-charges
 * https://docs.stripe.com/payments/paymentintents/lifecycle
 * https://docs.stripe.com/changelog/endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents
 */
describe('a direct charge', () => {
  it('a direct charge exists on the connected account only', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const { id } = await enabledAccount()
    const other = await enabledAccount()
    const paid = await payment(id)
    for (const stripeAccount of [undefined, other.id]) {
      const options = stripeAccount === undefined ? {} : { stripeAccount }
      expect(await failure(stripe.paymentIntents.retrieve(paid.id, {}, options))).toMatchObject({
        statusCode: 404,
        code: 'resource_missing',
        message: `No such payment_intent: '${paid.id}'`,
      })
    }
    expect((await stripe.paymentIntents.retrieve(paid.id, {}, { stripeAccount: id })).application).toMatch(
      /^ca_/,
    )
    expect((await stripe.paymentIntents.list()).data).toEqual([])
  })

  it("a payment without the header is the platform's own", async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
    expect((await stripe.paymentIntents.list()).data.map((one) => one.id)).toEqual([id])
  })

  it('a payment requires a payment method first, then confirmation', async () => {
    const { stripe, enabledAccount, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const created = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount })
    expect(created).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
      capture_method: 'automatic_async',
    })
    const none = stripe.paymentIntents.confirm(
      created.id,
      { return_url: 'https://p.example' },
      { stripeAccount },
    )
    expect(await failure(none)).toMatchObject({ code: 'payment_intent_unexpected_state' })
    const ready = await stripe.paymentIntents.update(
      created.id,
      { payment_method: 'pm_card_visa' },
      { stripeAccount },
    )
    expect(ready.status).toBe('requires_confirmation')
    const paid = await stripe.paymentIntents.confirm(
      created.id,
      { return_url: 'https://p.example' },
      { stripeAccount },
    )
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1000 })
    const again = stripe.paymentIntents.confirm(created.id, {}, { stripeAccount })
    expect(await failure(again)).toMatchObject({ code: 'payment_intent_unexpected_state' })
    expect(await types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'])
  })

  it('notes can change at any time, other fields only before the payment', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const { id } = await payment(stripeAccount)
    const update = (params: Stripe.PaymentIntentUpdateParams) =>
      stripe.paymentIntents.update(id, params, { stripeAccount })
    expect((await update({ metadata: { order: '7' } })).metadata).toEqual({ order: '7' })
    expect(await failure(update({ amount: 500 }))).toMatchObject({ code: 'payment_intent_unexpected_state' })
    expect(await failure(stripe.paymentIntents.list({ customer: 'cus_1' }, { stripeAccount }))).toMatchObject(
      {
        code: 'resource_missing',
        param: 'customer',
      },
    )
  })

  it('the charge gets the shipping address of the payment', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const shipping = {
      name: 'Jenny Rosen',
      phone: '+15555550100',
      carrier: 'FedEx',
      tracking_number: '12345',
      address: { line1: '510 Townsend St', city: 'San Francisco', country: 'US', postal_code: '94103' },
    }
    const paid = await payment(stripeAccount, { shipping })
    expect(paid.shipping).toMatchObject(shipping)
    const charge = await stripe.charges.retrieve(idOf(paid.latest_charge), {}, { stripeAccount })
    expect(charge.shipping).toMatchObject(shipping)
  })

  it('a confirmation with redirects requires a return_url, and creates nothing without one', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const params = { amount: 1000, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' }
    expect(await failure(stripe.paymentIntents.create(params, { stripeAccount }))).toMatchObject({
      param: 'return_url',
    })
    expect((await stripe.paymentIntents.list({}, { stripeAccount })).data).toEqual([])
    const card = { ...params, allowed_payment_method_types: ['card' as const] }
    expect((await stripe.paymentIntents.create(card, { stripeAccount })).status).toBe('succeeded')
  })

  it('payment_method_types is refused since endive', async () => {
    const { stripe } = testSimulator()
    const params = { amount: 1000, currency: 'usd', payment_method_types: ['card'] }
    expect(await failure(stripe.paymentIntents.create(params))).toMatchObject({
      statusCode: 400,
      code: 'payment_method_types_no_longer_supported',
    })
  })

  it('customers, wrong descriptors and exclusive parameters are refused', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = (params: object) =>
      stripe.paymentIntents.create({ amount: 1000, currency: 'usd', ...params }, { stripeAccount })
    expect(await failure(pay({ customer: 'cus_1' }))).toMatchObject({
      code: 'resource_missing',
      param: 'customer',
    })
    const descriptor = {
      statement_descriptor: 'SHOP',
      confirm: true,
      payment_method: 'pm_card_visa',
      automatic_payment_methods: NO_REDIRECTS,
    }
    expect(await failure(pay(descriptor))).toMatchObject({ param: 'statement_descriptor' })
    expect(await failure(pay({ statement_descriptor_suffix: 'X'.repeat(23) }))).toMatchObject({
      param: 'statement_descriptor_suffix',
    })
    const both = { allowed_payment_method_types: ['card'], automatic_payment_methods: NO_REDIRECTS }
    expect(await failure(pay(both))).toMatchObject({ code: 'parameters_exclusive' })
  })

  it('a new payment method after a decline clears last_payment_error', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const { id } = await stripe.paymentIntents.create(
      { amount: 1000, currency: 'usd', automatic_payment_methods: NO_REDIRECTS },
      { stripeAccount },
    )
    const error = await failure(
      stripe.paymentIntents.confirm(
        id,
        { payment_method: 'pm_card_chargeDeclinedExpiredCard' },
        { stripeAccount },
      ),
    )
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'expired_card',
      charge: expect.stringMatching(/^ch_/),
    })
    const declined = await stripe.paymentIntents.retrieve(id, {}, { stripeAccount })
    expect(declined).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code: 'expired_card', type: 'card_error' },
    })
    const paid = await stripe.paymentIntents.confirm(
      id,
      { payment_method: 'pm_card_visa' },
      { stripeAccount },
    )
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null })
    const charges = await stripe.charges.list({ payment_intent: id }, { stripeAccount })
    expect(charges.data.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
  })

  it("a payment with authentication continues after the bank's page", async () => {
    const { stripe, enabledAccount, request, types, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const params = {
      amount: 1000,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/back',
    }
    const waiting = await stripe.paymentIntents.create(params, { stripeAccount })
    expect(waiting).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })
    const url = waiting.next_action?.redirect_to_url?.url ?? ''
    const body = new URLSearchParams({ outcome: 'complete' })
    const back = await request(new URL(url).pathname, { method: 'POST', body })
    expect(back.headers.get('location')).toContain(`https://shop.example/back?payment_intent=${waiting.id}`)
    expect((await stripe.paymentIntents.retrieve(waiting.id, {}, { stripeAccount })).status).toBe('succeeded')
    expect(await types()).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
    ])
    const other = await stripe.paymentIntents.create(params, { stripeAccount })
    await control(`POST /_sim/payment_intents/${other.id}/authenticate`, { passed: false })
    expect(await stripe.paymentIntents.retrieve(other.id, {}, { stripeAccount })).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    })
    const offSession = stripe.paymentIntents.create({ ...params, off_session: true }, { stripeAccount })
    expect(await failure(offSession)).toMatchObject({ statusCode: 402, code: 'authentication_required' })
  })

  it('a bank debit is processing first, then succeeds or fails', async () => {
    const { stripe, enabledAccount, simulator, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = (payment_method: string) =>
      stripe.paymentIntents.create(
        {
          amount: 1000,
          currency: 'usd',
          confirm: true,
          payment_method,
          automatic_payment_methods: NO_REDIRECTS,
        },
        { stripeAccount },
      )
    const good = await pay('pm_usBankAccount_success')
    expect(good.status).toBe('processing')
    expect(await types()).toEqual(['payment_intent.created', 'charge.pending', 'payment_intent.processing'])
    await simulator.advance(60)
    expect((await stripe.paymentIntents.retrieve(good.id, {}, { stripeAccount })).status).toBe('succeeded')
    const bad = await pay('pm_usBankAccount_insufficientFunds')
    await simulator.advance(60)
    expect(await stripe.paymentIntents.retrieve(bad.id, {}, { stripeAccount })).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'insufficient_funds' },
    })
  })

  it('a payment accepts only its allowed payment method types', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const params = {
      amount: 1000,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_usBankAccount_success',
    }
    const call = stripe.paymentIntents.create(
      { ...params, allowed_payment_method_types: ['card'] },
      { stripeAccount },
    )
    expect(await failure(call)).toMatchObject({ code: 'payment_intent_incompatible_payment_method' })
  })
})

/**
 * https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
 * https://docs.stripe.com/api/payment_intents/cancel
 */
describe('authorization and capture', () => {
  it('a partial capture with a new fee releases the rest', async () => {
    const { stripe, enabledAccount, payment, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual', application_fee_amount: 900 })
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 10_000, amount_received: 0 })
    expect(await types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ])
    const over = stripe.paymentIntents.capture(held.id, { amount_to_capture: 10_001 }, { stripeAccount })
    expect(await failure(over)).toMatchObject({ param: 'amount_to_capture' })
    const taken = await stripe.paymentIntents.capture(
      held.id,
      { amount_to_capture: 6000, application_fee_amount: 500 },
      { stripeAccount },
    )
    expect(taken).toMatchObject({ status: 'succeeded', amount_received: 6000, amount_capturable: 0 })
    const charge = await stripe.charges.retrieve(
      idOf(taken.latest_charge),
      { expand: ['balance_transaction'] },
      { stripeAccount },
    )
    expect(charge).toMatchObject({
      amount: 10_000,
      amount_captured: 6000,
      amount_refunded: 0,
      captured: true,
    })
    expect(charge.balance_transaction).toMatchObject({ amount: 6000, fee: 204 + 500 })
    expect(await types()).toEqual(['charge.captured', 'payment_intent.succeeded', 'application_fee.created'])
    const twice = stripe.paymentIntents.capture(held.id, {}, { stripeAccount })
    expect(await failure(twice)).toMatchObject({ code: 'payment_intent_unexpected_state' })
  })

  it('the application fee is at most the captured amount', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual', application_fee_amount: 900 })
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 600 }, { stripeAccount })
    expect((await stripe.applicationFees.list()).data).toMatchObject([
      { amount: 600, account: stripeAccount },
    ])
  })

  it('a payment can be canceled in every waiting state, and the authorization is released', async () => {
    const { stripe, enabledAccount, payment, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual' })
    await types()
    const canceled = await stripe.paymentIntents.cancel(
      held.id,
      { cancellation_reason: 'abandoned' },
      { stripeAccount },
    )
    expect(canceled).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
      amount_capturable: 0,
    })
    expect(await types()).toEqual(['charge.refunded', 'payment_intent.canceled'])
    expect(await failure(stripe.paymentIntents.cancel(held.id, {}, { stripeAccount }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { id: held.id, status: 'canceled' },
    })
    expect((await stripe.balance.retrieve({}, { stripeAccount })).pending).toMatchObject([{ amount: 0 }])
  })

  it('a processing bank debit cannot be canceled', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const { id } = await payment(stripeAccount, { payment_method: 'pm_usBankAccount_success' })
    expect(await failure(stripe.paymentIntents.cancel(id, {}, { stripeAccount }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'processing' },
    })
  })

  it('Stripe cancels an authorization after seven days', async () => {
    const { stripe, enabledAccount, payment, simulator, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const held = await payment(stripeAccount, { capture_method: 'manual' })
    await types()
    await simulator.advance(7 * DAY)
    expect(await stripe.paymentIntents.retrieve(held.id, {}, { stripeAccount })).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    })
    expect(await types()).toEqual(['charge.expired', 'payment_intent.canceled'])
  })
})

/**
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 * https://docs.stripe.com/connect/direct-charges#collect-fees
 */
describe('amounts and fees', () => {
  it.each([
    ['usd', 49, 'amount_too_small'],
    ['jpy', 49, 'amount_too_small'],
    ['huf', 17_499, 'amount_too_small'],
    ['usd', 100_000_000, 'amount_too_large'],
    ['usd', 0, 'parameter_invalid_integer'],
    ['isk', 150, undefined],
    ['ugx', 150, undefined],
    ['kwd', 1005, undefined],
  ])('%s %d is refused with %s', async (currency, amount, code) => {
    const { stripe } = testSimulator()
    expect(await failure(stripe.paymentIntents.create({ amount, currency }))).toMatchObject({
      code,
      param: 'amount',
    })
  })

  it('an unknown currency is refused, and case does not matter', async () => {
    const { stripe } = testSimulator()
    expect(await failure(stripe.paymentIntents.create({ amount: 100, currency: 'xxx' }))).toMatchObject({
      param: 'currency',
    })
    expect((await stripe.paymentIntents.create({ amount: 100, currency: 'USD' })).currency).toBe('usd')
  })

  it("an application fee is positive, below the amount, and not on the platform's own charge", async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = (fee: number, options = {}) =>
      stripe.paymentIntents.create({ amount: 1000, currency: 'usd', application_fee_amount: fee }, options)
    expect(await failure(pay(100))).toMatchObject({ param: 'application_fee_amount' })
    for (const fee of [0, -1, 1000, 1001]) {
      expect(await failure(pay(fee, { stripeAccount }))).toMatchObject({ param: 'application_fee_amount' })
    }
    expect((await pay(999, { stripeAccount })).application_fee_amount).toBe(999)
  })

  it('an application fee on a Brazilian account is refused', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount({ country: 'BR' })).id
    const params = { amount: 1000, currency: 'brl', application_fee_amount: 10 }
    expect(await failure(stripe.paymentIntents.create(params, { stripeAccount }))).toMatchObject({
      code: 'application_fees_not_allowed',
    })
  })

  it('the fee follows the charge with charge.updated and application_fee.created', async () => {
    const { stripe, enabledAccount, simulator, connect, platform } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await stripe.paymentIntents.create(
      {
        amount: 10_000,
        currency: 'usd',
        application_fee_amount: 700,
        confirm: true,
        payment_method: 'pm_card_visa',
        automatic_payment_methods: NO_REDIRECTS,
      },
      { stripeAccount },
    )
    const before = await stripe.charges.retrieve(idOf(paid.latest_charge), {}, { stripeAccount })
    expect(before).toMatchObject({
      balance_transaction: null,
      application_fee: null,
      application_fee_amount: 700,
    })
    expect((await stripe.applicationFees.list()).data).toEqual([])
    await simulator.advance(1)
    const updated = connect.find(({ type }) => type === 'charge.updated')
    expect(updated?.data.previous_attributes).toEqual({ balance_transaction: null, application_fee: null })
    expect(updated?.created).toBe(START_MS / 1000 + 1)
    expect(platform).toMatchObject([
      { type: 'application_fee.created', data: { object: { amount: 700, account: stripeAccount } } },
    ])
    const [fee] = (await stripe.applicationFees.list({ charge: idOf(paid.latest_charge) })).data
    const transaction = await stripe.balanceTransactions.list(
      { source: idOf(paid.latest_charge) },
      { stripeAccount },
    )
    expect(transaction.data).toMatchObject([{ amount: 10_000, fee: 320 + 700, net: 8980, status: 'pending' }])
    expect(fee).toMatchObject({ amount: 700, refunded: false, charge: paid.latest_charge })
  })
})

/**
 * https://docs.stripe.com/error-codes
 */
describe('an account that cannot charge', () => {
  it('both creation and confirmation are refused', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const open = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount })
    await control(`POST /_sim/accounts/${stripeAccount}`, { charges_enabled: false })
    const create = stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount })
    expect(await failure(create)).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 })
    const confirm = stripe.paymentIntents.confirm(
      open.id,
      { payment_method: 'pm_card_visa', return_url: 'https://p.example' },
      { stripeAccount },
    )
    expect(await failure(confirm)).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 })
  })

  it('the error names the inactive capability', async () => {
    const { stripe } = testSimulator()
    const stripeAccount = (await stripe.accounts.create({})).id
    const call = stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount })
    expect(await failure(call)).toMatchObject({ code: 'capability_not_active' })
  })
})

describe('test cards', () => {
  it.each([
    ['4242424242424242', 'succeeded'],
    ['4000000000000002', 'card_declined'],
    ['4000000000000127', 'incorrect_cvc'],
    ['4242424242424241', 'incorrect_number'],
    ['4111111111111111', 'card_declined'],
  ])('the card %s gives %s', async (number, outcome) => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const card = { number, exp_month: 12, exp_year: 2030, cvc: '123' }
    const pay = async () => {
      const { id } = await stripe.paymentMethods.create({ type: 'card', card }, { stripeAccount })
      return stripe.paymentIntents.create(
        {
          amount: 1000,
          currency: 'usd',
          confirm: true,
          payment_method: id,
          automatic_payment_methods: NO_REDIRECTS,
        },
        { stripeAccount },
      )
    }
    if (outcome === 'succeeded') expect((await pay()).status).toBe('succeeded')
    else expect(await failure(pay())).toMatchObject({ type: 'StripeCardError', code: outcome })
  })

  it('the card with the highest risk is blocked and not sent to the network', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    expect(await failure(payment(stripeAccount, { payment_method: 'pm_card_radarBlock' }))).toMatchObject({
      decline_code: 'fraudulent',
    })
    const [charge] = (await stripe.charges.list({}, { stripeAccount })).data
    expect(charge?.outcome).toMatchObject({
      type: 'blocked',
      network_status: 'not_sent_to_network',
      risk_level: 'highest',
    })
  })
})
