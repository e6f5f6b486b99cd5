import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { installedBinary } from './installed-binary.ts'
import { type TestSimulator, client, testSimulator } from './test-simulator.ts'

/** The stripe-node type of each kind of object. */
const TYPES: Record<string, string> = {
  account: 'Account',
  account_link: 'AccountLink',
  account_session: 'AccountSession',
  application_fee: 'ApplicationFee',
  balance: 'Balance',
  balance_settings: 'BalanceSettings',
  balance_transaction: 'BalanceTransaction',
  bank_account: 'BankAccount',
  capability: 'Capability',
  charge: 'Charge',
  'checkout.session': 'Checkout.Session',
  dispute: 'Dispute',
  event: 'Event',
  fee_refund: 'FeeRefund',
  item: 'LineItem',
  login_link: 'LoginLink',
  payment_intent: 'PaymentIntent',
  payment_method: 'PaymentMethod',
  payout: 'Payout',
  person: 'Person',
  price: 'Price',
  'radar.early_fraud_warning': 'Radar.EarlyFraudWarning',
  refund: 'Refund',
  webhook_endpoint: 'WebhookEndpoint',
}

/**
 * Every object in every state is written as a TypeScript literal of stripe-node's type. The compiler then finds missing, wrong
 * and unknown fields.
 */
it("every answer matches stripe-node's type exactly", { timeout: 120_000 }, async () => {
  const found = new Map<string, object>()
  const note = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    Object.values(value).forEach(note)
    if (!('object' in value) || typeof value.object !== 'string' || 'deleted' in value) return
    // The states of an object differ in these fields, or in the fields that it has.
    const state = ['status', 'type', 'reason', 'capture_method'].map((name) =>
      String(Reflect.get(value, name)),
    )
    found.set([value.object, ...state, Object.keys(value)].join(), value)
  }
  const b = testSimulator({ switches: { person_events: true } })
  const fetch = async (request: Request) => {
    const response = await b.simulator.fetch(request)
    note(await response.clone().json())
    return response
  }
  await createEveryState({ ...b, stripe: client({ ...b.simulator, fetch }) })
  for (const event of [...b.connect, ...b.platform]) note(event)

  const kinds = [...new Set([...found.values()].map((value) => String(Reflect.get(value, 'object'))))]
  expect(kinds.filter((kind) => !['list', 'application', ...Object.keys(TYPES)].includes(kind))).toEqual([])
  expect(Object.keys(TYPES).filter((kind) => !kinds.includes(kind))).toEqual([])
  expect(found.size).toBeGreaterThan(100)

  const literals = [...found.values()].flatMap((value, index) => {
    const type = TYPES[String(Reflect.get(value, 'object'))]
    return type === undefined ? [] : [`export const _${index}: Stripe.${type} = ${literal(value)}`]
  })
  expect(await compile(["import type { Stripe } from 'stripe'", ...literals].join('\n'))).toBe('')
})

/**
 * Two differences from the types are expected. stripe-node parses decimal texts into a class, and its type of
 * `previous_attributes` has no nested fields.
 */
function literal(value: object): string {
  const known = JSON.stringify(value, (name, inner: unknown) =>
    name === 'previous_attributes' ? undefined : inner,
  )
  return known.replaceAll(/("\w+_decimal":"[^"]*")/g, '$1 as never')
}

/** The compiler's errors. */
async function compile(code: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'answers-'))
  const options = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    paths: { stripe: [fileURLToPath(import.meta.resolve('stripe')).replace(/\.js$/, '.d.ts')] },
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['answers.ts'] }),
  )
  writeFileSync(join(folder, 'answers.ts'), code)
  try {
    await promisify(execFile)(installedBinary('tsc'), ['-p', folder, '--pretty', 'false'])
    return ''
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Brings every kind of object into every state. */
async function createEveryState({ stripe, control, simulator }: TestSimulator): Promise<void> {
  const { id } = await stripe.accounts.create({
    individual: { first_name: 'Ada', dob: { day: 1, month: 1, year: 1901 } },
    company: { name: 'Engines' },
    external_account: 'btok_us',
  })
  const options = { stripeAccount: id }
  await stripe.accountLinks.create({
    account: id,
    type: 'account_onboarding',
    refresh_url: 'https://p.example/refresh',
    return_url: 'https://p.example/return',
  })
  await stripe.accountSessions.create({ account: id, components: { payouts: { enabled: true } } })
  await control(`POST /_sim/accounts/${id}/onboard`, { outcome: 'pending_verification' })
  await stripe.accounts.retrieve(id)
  await simulator.advance(5)
  for (const move of [
    'requirements_past_due',
    'future_requirements',
    'verification_failed',
    'under_review',
    'enabled',
  ]) {
    await control(`POST /_sim/accounts/${id}/move`, { move })
    await stripe.accounts.retrieve(id)
    await stripe.accounts.listCapabilities(id)
  }
  await stripe.accounts.retrieveCapability(id, 'affirm_payments')
  await stripe.accounts.retrieveCurrent()
  await stripe.accounts.listExternalAccounts(id)
  await stripe.webhookEndpoints.create({ url: 'https://app.test/third', enabled_events: ['*'] })
  await stripe.webhookEndpoints.list()
  const express = await stripe.accounts.create({
    type: 'express',
    capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
  })
  await control(`POST /_sim/accounts/${express.id}/onboard`)
  await stripe.accounts.createLoginLink(express.id)

  const pay = async (params: Partial<Stripe.PaymentIntentCreateParams>) => {
    const { id: payment } = await stripe.paymentIntents
      .create(
        { amount: 10_000, currency: 'usd', confirm: true, return_url: 'https://p.example', ...params },
        options,
      )
      .catch(() => ({ id: '' }))
    await simulator.advance(1)
    return payment
  }
  const paid = await pay({ payment_method: 'pm_card_bypassPending', application_fee_amount: 500 })
  const disputed = await pay({ payment_method: 'pm_card_createDispute' })
  for (const payment_method of [
    'pm_card_visa',
    'pm_card_amex',
    'pm_card_createDisputeInquiry',
    'pm_card_createIssuerFraudRecord',
    'pm_card_chargeDeclined',
    'pm_card_radarBlock',
    'pm_card_authenticationRequired',
    'pm_usBankAccount_success',
    'pm_usBankAccount_insufficientFunds',
  ])
    await pay({ payment_method })
  const held = await pay({ payment_method: 'pm_card_visa', capture_method: 'manual' })
  await stripe.paymentIntents.capture(held, { amount_to_capture: 4000 }, options)
  await stripe.paymentIntents.cancel(
    await pay({ payment_method: 'pm_card_visa', capture_method: 'manual' }),
    {},
    options,
  )
  await pay({ payment_method: 'pm_card_visa', capture_method: 'manual' })
  await stripe.paymentIntents.create(
    { amount: 1000, currency: 'usd', allowed_payment_method_types: ['card'] },
    options,
  )
  await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } }, options)
  await stripe.refunds.create({ payment_intent: paid, amount: 500, refund_application_fee: true }, options)
  for (const payment_method of ['pm_card_pendingRefund', 'pm_card_refundFail'])
    await stripe.refunds.create({ payment_intent: await pay({ payment_method }) }, options)
  await control(`POST /_sim/payment_intents/${disputed}/dispute`, { status: 'won' })
  await simulator.advance(120)

  const item = {
    quantity: 1,
    price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Tea' } },
  }
  const session = { mode: 'payment' as const, line_items: [item], success_url: 'https://p.example/done' }
  const { id: open, url } = await stripe.checkout.sessions.create(session, options)
  await stripe.checkout.sessions.listLineItems(open, {}, options)
  await simulator.fetch(
    new Request(url ?? '', { method: 'POST', body: new URLSearchParams({ number: '4242424242424242' }) }),
  )
  await stripe.checkout.sessions.expire(
    (await stripe.checkout.sessions.create(session, options)).id,
    {},
    options,
  )
  await stripe.checkout.sessions.list({}, options)

  await stripe.balance.retrieve({ expand: ['instant_available.net_available'] }, options)
  for (const status of ['paid', 'failed', 'canceled']) {
    const payout = await stripe.payouts.create({ amount: 1000, currency: 'usd' }, options)
    await control(`POST /_sim/payouts/${payout.id}`, { status })
    if (status === 'paid') await stripe.payouts.reverse(payout.id, {}, options)
    if (status === 'failed') await control(`POST /_sim/accounts/${id}/move`, { move: 'bank_changed' })
  }
  await stripe.payouts.create({ amount: 100, currency: 'usd', method: 'instant' }, options)
  await stripe.balanceSettings.retrieve({}, options)
  await simulator.advance(10 * 86_400)
  await stripe.accounts.retrieve(id)

  const expanded = [
    'data.latest_charge.balance_transaction',
    'data.latest_charge.refunds',
    'data.payment_method',
  ]
  await stripe.paymentIntents.list({ limit: 100, expand: expanded }, options)
  await stripe.paymentIntents.list({ limit: 100 }, options)
  await stripe.charges.list({ limit: 100 }, options)
  await stripe.refunds.list({ limit: 100 }, options)
  await stripe.disputes.list({ limit: 100 }, options)
  await stripe.payouts.list({ limit: 100 }, options)
  await stripe.balanceTransactions.list({ limit: 100 }, options)
  await stripe.radar.earlyFraudWarnings.list({}, options)
  const [fee] = (await stripe.applicationFees.list()).data
  await stripe.applicationFees.listRefunds(fee?.id ?? '')
  await simulator.settle()
}
