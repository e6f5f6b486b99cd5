import type { Stripe } from 'stripe'
import type { Operation, Operations } from '../src/params/operations.ts'

/** A valid request of one operation, sent by stripe-node's method. */
export interface Sample {
  readonly operation: Operation
  readonly params: Readonly<Record<string, unknown>>
  readonly send: (stripe: Stripe) => Promise<unknown>
}

const page = { limit: 3, starting_after: 'obj_1', expand: ['data.source'] }
const between = { created: { gte: 1_700_000_000, lt: 1_800_000_000 } }
const expand = { expand: ['a', 'b.c'] }

export const samples: readonly Sample[] = [
  sample('GET /v1/account', expand, (s, p) => s.accounts.retrieveCurrent(p)),
  sample(
    'POST /v1/accounts',
    {
      email: 'owner@example.com',
      country: 'US',
      controller: {
        stripe_dashboard: { type: 'full' },
        fees: { payer: 'account' },
        losses: { payments: 'stripe' },
        requirement_collection: 'stripe',
      },
      business_profile: {
        url: 'https://example.com',
        annual_revenue: { amount: 5, currency: 'usd', fiscal_year_end: '2026-12-31' },
      },
      capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
      settings: {
        payouts: {
          schedule: { delay_days: 'minimum', interval: 'weekly', weekly_payout_days: ['friday', 'monday'] },
        },
      },
      metadata: { internal_id: 'shop 7 & co' },
    },
    (s, p) => s.accounts.create(p),
  ),
  sample('GET /v1/accounts', { ...page, created: 1_700_000_000 }, (s, p) => s.accounts.list(p)),
  sample('GET /v1/accounts/:id', expand, (s, p) => s.accounts.retrieve('acct_1', p)),
  sample(
    'POST /v1/accounts/:id',
    {
      email: 'new@example.com',
      external_account: {
        object: 'bank_account',
        country: 'US',
        currency: 'usd',
        account_number: '000123456789',
      },
      individual: { dob: { day: 1, month: 2, year: 1990 }, first_name: 'Ada' },
      tos_acceptance: { date: 1_700_000_000, ip: '127.0.0.1' },
      metadata: { kept: 'x', removed: '' },
    },
    (s, p) => s.accounts.update('acct_1', p),
  ),
  sample('DELETE /v1/accounts/:id', {}, (s) => s.accounts.del('acct_1')),
  sample('POST /v1/accounts/:id/reject', { reason: 'fraud_other' }, (s, p) => s.accounts.reject('acct_1', p)),
  sample('GET /v1/accounts/:id/capabilities', expand, (s, p) => s.accounts.listCapabilities('acct_1', p)),
  sample('GET /v1/accounts/:id/capabilities/:capability', expand, (s, p) =>
    s.accounts.retrieveCapability('acct_1', 'card_payments', p),
  ),
  sample('POST /v1/accounts/:id/capabilities/:capability', { requested: false }, (s, p) =>
    s.accounts.updateCapability('acct_1', 'card_payments', p),
  ),
  sample('GET /v1/accounts/:id/external_accounts', { limit: 1, object: 'bank_account' }, (s, p) =>
    s.accounts.listExternalAccounts('acct_1', p),
  ),
  sample('GET /v1/accounts/:id/external_accounts/:external_account', expand, (s, p) =>
    s.accounts.retrieveExternalAccount('acct_1', 'ba_1', p),
  ),

  sample(
    'POST /v1/account_links',
    {
      account: 'acct_1',
      type: 'account_onboarding',
      refresh_url: 'https://example.com/refresh?a=b&c=d',
      return_url: 'https://example.com/return',
      collection_options: { fields: 'eventually_due', future_requirements: 'include' },
    },
    (s, p) => s.accountLinks.create(p),
  ),
  sample(
    'POST /v1/account_sessions',
    {
      account: 'acct_1',
      components: {
        payments: { enabled: true, features: { refund_management: true, dispute_management: false } },
      },
    },
    (s, p) => s.accountSessions.create(p),
  ),

  sample(
    'POST /v1/payment_intents',
    {
      amount: 1099,
      currency: 'usd',
      application_fee_amount: 99,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      capture_method: 'manual',
      confirm: true,
      off_session: 'recurring',
      payment_method: 'pm_card_visa',
      payment_method_options: { card: { request_three_d_secure: 'any', setup_future_usage: '' } },
      shipping: { name: 'Ada', address: { line1: '1 Street', city: 'Köln' } },
      statement_descriptor_suffix: 'ORDER 7',
      metadata: { 'order id': '7' },
    },
    (s, p) => s.paymentIntents.create(p),
  ),
  sample('GET /v1/payment_intents', { ...page, ...between, customer: 'cus_1' }, (s, p) =>
    s.paymentIntents.list(p),
  ),
  sample('GET /v1/payment_intents/:id', { client_secret: 'pi_1_secret_2', ...expand }, (s, p) =>
    s.paymentIntents.retrieve('pi_1', p),
  ),
  sample('POST /v1/payment_intents/:id', { amount: 5, application_fee_amount: '', metadata: '' }, (s, p) =>
    s.paymentIntents.update('pi_1', p),
  ),
  sample('POST /v1/payment_intents/:id/confirm', { payment_method: 'pm_1', off_session: false }, (s, p) =>
    s.paymentIntents.confirm('pi_1', p),
  ),
  sample('POST /v1/payment_intents/:id/capture', { amount_to_capture: 5, final_capture: true }, (s, p) =>
    s.paymentIntents.capture('pi_1', p),
  ),
  sample('POST /v1/payment_intents/:id/cancel', { cancellation_reason: 'abandoned' }, (s, p) =>
    s.paymentIntents.cancel('pi_1', p),
  ),

  sample('GET /v1/charges', { ...page, ...between, payment_intent: 'pi_1' }, (s, p) => s.charges.list(p)),
  sample('GET /v1/charges/:id', expand, (s, p) => s.charges.retrieve('ch_1', p)),

  sample(
    'POST /v1/refunds',
    { payment_intent: 'pi_1', amount: 5, reason: 'requested_by_customer', refund_application_fee: true },
    (s, p) => s.refunds.create(p),
  ),
  sample('GET /v1/refunds', { ...page, charge: 'ch_1' }, (s, p) => s.refunds.list(p)),
  sample('GET /v1/refunds/:id', expand, (s, p) => s.refunds.retrieve('re_1', p)),
  sample('POST /v1/refunds/:id', { metadata: { a: 'b' } }, (s, p) => s.refunds.update('re_1', p)),
  sample('POST /v1/refunds/:id/cancel', expand, (s, p) => s.refunds.cancel('re_1', p)),

  sample('GET /v1/disputes', { ...page, payment_intent: 'pi_1' }, (s, p) => s.disputes.list(p)),
  sample('GET /v1/disputes/:id', expand, (s, p) => s.disputes.retrieve('dp_1', p)),
  sample(
    'POST /v1/disputes/:id',
    { submit: true, evidence: { uncategorized_text: 'winning_evidence' } },
    (s, p) => s.disputes.update('dp_1', p),
  ),
  sample('POST /v1/disputes/:id/close', expand, (s, p) => s.disputes.close('dp_1', p)),

  sample('GET /v1/application_fees', { ...page, charge: 'ch_1' }, (s, p) => s.applicationFees.list(p)),
  sample('GET /v1/application_fees/:id', expand, (s, p) => s.applicationFees.retrieve('fee_1', p)),
  sample('GET /v1/application_fees/:id/refunds', page, (s, p) => s.applicationFees.listRefunds('fee_1', p)),
  sample('POST /v1/application_fees/:id/refunds', { amount: 5, metadata: { a: 'b' } }, (s, p) =>
    s.applicationFees.createRefund('fee_1', p),
  ),

  sample(
    'POST /v1/checkout/sessions',
    {
      mode: 'payment',
      success_url: 'https://example.com/done?id={CHECKOUT_SESSION_ID}',
      line_items: [
        { quantity: 2, price: 'price_1' },
        {
          quantity: 1,
          adjustable_quantity: { enabled: true, minimum: 1 },
          price_data: {
            currency: 'usd',
            unit_amount: 500,
            product_data: { name: 'Tea', images: ['https://example.com/a.png'] },
          },
        },
      ],
      payment_intent_data: { application_fee_amount: 50, metadata: { a: 'b' } },
    },
    (s, p) => s.checkout.sessions.create(p),
  ),
  sample('GET /v1/checkout/sessions', { ...page, ...between, status: 'open' }, (s, p) =>
    s.checkout.sessions.list(p),
  ),
  sample('GET /v1/checkout/sessions/:id', expand, (s, p) => s.checkout.sessions.retrieve('cs_1', p)),
  sample('POST /v1/checkout/sessions/:id/expire', expand, (s, p) => s.checkout.sessions.expire('cs_1', p)),

  sample('POST /v1/payouts', { amount: 5, currency: 'usd', method: 'instant', source_type: 'card' }, (s, p) =>
    s.payouts.create(p),
  ),
  sample('GET /v1/payouts', { ...page, arrival_date: { gt: 1 }, status: 'paid' }, (s, p) =>
    s.payouts.list(p),
  ),
  sample('GET /v1/payouts/:id', expand, (s, p) => s.payouts.retrieve('po_1', p)),
  sample('POST /v1/payouts/:id/cancel', expand, (s, p) => s.payouts.cancel('po_1', p)),
  sample('POST /v1/payouts/:id/reverse', { metadata: { a: 'b' } }, (s, p) => s.payouts.reverse('po_1', p)),

  sample('GET /v1/balance', expand, (s, p) => s.balance.retrieve(p)),
  sample('GET /v1/balance_settings', expand, (s, p) => s.balanceSettings.retrieve(p)),
  sample(
    'POST /v1/balance_settings',
    {
      payments: {
        debit_negative_balances: false,
        payouts: {
          schedule: { interval: 'monthly', monthly_payout_days: [1, 15] },
          statement_descriptor: 'SHOP',
        },
        settlement_timing: { delay_days_override: '' },
      },
    },
    (s, p) => s.balanceSettings.update(p),
  ),
  sample('GET /v1/balance_transactions', { ...page, payout: 'po_1', type: 'charge' }, (s, p) =>
    s.balanceTransactions.list(p),
  ),
  sample('GET /v1/balance_transactions/:id', expand, (s, p) => s.balanceTransactions.retrieve('txn_1', p)),

  sample(
    'GET /v1/events',
    { ...page, delivery_success: false, types: ['payout.paid', 'payout.failed'] },
    (s, p) => s.events.list(p),
  ),
  sample('GET /v1/events/:id', expand, (s, p) => s.events.retrieve('evt_1', p)),

  sample(
    'POST /v1/webhook_endpoints',
    {
      url: 'https://example.com/hook',
      enabled_events: ['account.updated', 'payout.paid'],
      connect: true,
      api_version: '2026-10-28.endive',
    },
    (s, p) => s.webhookEndpoints.create(p),
  ),
  sample('GET /v1/webhook_endpoints', page, (s, p) => s.webhookEndpoints.list(p)),
  sample('GET /v1/webhook_endpoints/:id', expand, (s, p) => s.webhookEndpoints.retrieve('we_1', p)),
  sample(
    'POST /v1/webhook_endpoints/:id',
    { disabled: true, description: '', enabled_events: ['*'] },
    (s, p) => s.webhookEndpoints.update('we_1', p),
  ),
  sample('DELETE /v1/webhook_endpoints/:id', {}, (s) => s.webhookEndpoints.del('we_1')),

  sample('GET /v1/radar/early_fraud_warnings', { ...page, charge: 'ch_1' }, (s, p) =>
    s.radar.earlyFraudWarnings.list(p),
  ),
  sample('GET /v1/radar/early_fraud_warnings/:id', expand, (s, p) =>
    s.radar.earlyFraudWarnings.retrieve('issfr_1', p),
  ),

  sample(
    'POST /v1/payment_methods',
    {
      type: 'card',
      card: { number: '4242424242424242', exp_month: 12, exp_year: 2030, cvc: '314' },
      billing_details: { name: 'Ada' },
    },
    (s, p) => s.paymentMethods.create(p),
  ),
  sample('GET /v1/payment_methods/:id', expand, (s, p) => s.paymentMethods.retrieve('pm_1', p)),

  sample('POST /v1/accounts/:id/unreject', {}, (s, p) => s.accounts.unreject('acct_1', p)),
  sample('POST /v1/accounts/:id/login_links', {}, (s, p) => s.accounts.createLoginLink('acct_1', p)),
  sample(
    'POST /v1/accounts/:id/external_accounts',
    { external_account: 'btok_us', default_for_currency: true },
    (s, p) => s.accounts.createExternalAccount('acct_1', p),
  ),
  sample(
    'POST /v1/accounts/:id/external_accounts/:external_account',
    { default_for_currency: true, metadata: { a: 'b' } },
    (s, p) => s.accounts.updateExternalAccount('acct_1', 'ba_1', p),
  ),
  sample('DELETE /v1/accounts/:id/external_accounts/:external_account', {}, (s) =>
    s.accounts.deleteExternalAccount('acct_1', 'ba_1'),
  ),
  sample('POST /v1/charges/:id', { description: 'later', metadata: { a: 'b' } }, (s, p) =>
    s.charges.update('ch_1', p),
  ),
  sample('GET /v1/application_fees/:id/refunds/:refund', expand, (s, p) =>
    s.applicationFees.retrieveRefund('fee_1', 'fr_1', p),
  ),
  sample('GET /v1/checkout/sessions/:id/line_items', page, (s, p) =>
    s.checkout.sessions.listLineItems('cs_1', p),
  ),
  sample('POST /v1/payouts/:id', { metadata: { a: 'b' } }, (s, p) => s.payouts.update('po_1', p)),
]

function sample<O extends Operation>(
  operation: O,
  params: Operations[O],
  send: (stripe: Stripe, params: Operations[O]) => Promise<unknown>,
): Sample {
  return { operation, params: { ...params }, send: (stripe) => send(stripe, params) }
}
