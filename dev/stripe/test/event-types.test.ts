import type { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { bench, type Bench } from './bench.ts'

type Act = (b: Bench, account: string) => Promise<unknown>
type Row = [type: Stripe.Event['type'], act: Act, over?: { endpoint?: 'platform'; object?: string }]

const pay =
  (params: Partial<Stripe.PaymentIntentCreateParams> = {}): Act =>
  (b, account) =>
    b.payment(account, params).catch(() => {})
const then =
  (...acts: readonly Act[]): Act =>
  async (b, account) => {
    // oxlint-disable-next-line no-await-in-loop
    for (const act of acts) await act(b, account)
  }
const move =
  (name: string, details: object = {}): Act =>
  (b, account) =>
    b.control(`POST /_sim/accounts/${account}/move`, { move: name, ...details })
const wait =
  (seconds: number): Act =>
  (b) =>
    b.simulator.advance(seconds)
const lastIntent = async (b: Bench, stripeAccount: string) =>
  (await b.stripe.paymentIntents.list({}, { stripeAccount })).data[0]?.id ?? ''
const dispute =
  (body: object = {}): Act =>
  async (b, account) =>
    b.control(`POST /_sim/payment_intents/${await lastIntent(b, account)}/dispute`, body)
const refund =
  (params: Stripe.RefundCreateParams = {}): Act =>
  async (b, stripeAccount) =>
    b.stripe.refunds.create(
      { payment_intent: await lastIntent(b, stripeAccount), ...params },
      { stripeAccount },
    )
const payOut: Act = (b, stripeAccount) =>
  b.stripe.payouts.create({ amount: 1000, currency: 'usd' }, { stripeAccount })
const cancelPayout: Act = async (b, stripeAccount) => {
  const [payout] = (await b.stripe.payouts.list({}, { stripeAccount })).data
  await b.stripe.payouts.cancel(payout?.id ?? '', {}, { stripeAccount })
}
const rich = pay({ payment_method: 'pm_card_bypassPending' })
const session: Act = (b, stripeAccount) =>
  b.stripe.checkout.sessions.create(
    {
      mode: 'payment',
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Tea' } } },
      ],
      success_url: 'https://p.example/done',
    },
    { stripeAccount },
  )
const onItsPage =
  (fields: Record<string, string>): Act =>
  async (b, stripeAccount) => {
    const [open] = (await b.stripe.checkout.sessions.list({}, { stripeAccount })).data
    await b.request(new URL(open?.url ?? '').pathname, { method: 'POST', body: new URLSearchParams(fields) })
  }

/**
 * stripe-connect.md §3.2, but for reserves and reviews, which the simulator does not have.
 * https://docs.stripe.com/api/events/types
 */
it.each<Row>([
  ['account.updated', move('requirements_due'), { object: 'account' }],
  [
    'account.application.deauthorized',
    (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
    { object: 'application' },
  ],
  [
    'account.application.authorized',
    then(
      (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
      (b, id) => b.control(`POST /_sim/accounts/${id}/authorize`),
    ),
    { object: 'application' },
  ],
  ['account.external_account.created', move('bank_changed'), { object: 'bank_account' }],
  ['account.external_account.deleted', move('bank_changed'), { object: 'bank_account' }],
  [
    'account.external_account.updated',
    then(move('bank_changed', { account_number: '000111111116' }), rich, payOut, wait(5 * 86_400)),
    { object: 'bank_account' },
  ],
  ['capability.updated', move('under_review'), { object: 'capability' }],
  ['person.updated', (b, id) => b.control(`POST /_sim/accounts/${id}/onboard`), { object: 'person' }],
  ['payment_intent.created', pay()],
  ['payment_intent.processing', pay({ payment_method: 'pm_usBankAccount_success' })],
  [
    'payment_intent.requires_action',
    pay({
      payment_method: 'pm_card_authenticationRequired',
      automatic_payment_methods: { enabled: true },
      return_url: 'https://p.example',
    }),
  ],
  ['payment_intent.amount_capturable_updated', pay({ capture_method: 'manual' })],
  ['payment_intent.succeeded', pay()],
  ['payment_intent.payment_failed', pay({ payment_method: 'pm_card_chargeDeclined' })],
  ['payment_intent.canceled', then(pay({ capture_method: 'manual' }), wait(8 * 86_400))],
  ['charge.succeeded', pay(), { object: 'charge' }],
  ['charge.pending', pay({ payment_method: 'pm_usBankAccount_success' }), { object: 'charge' }],
  ['charge.failed', pay({ payment_method: 'pm_card_chargeDeclined' }), { object: 'charge' }],
  [
    'charge.captured',
    then(pay({ capture_method: 'manual' }), async (b, stripeAccount) =>
      b.stripe.paymentIntents.capture(await lastIntent(b, stripeAccount), {}, { stripeAccount }),
    ),
    { object: 'charge' },
  ],
  ['charge.expired', then(pay({ capture_method: 'manual' }), wait(8 * 86_400)), { object: 'charge' }],
  ['charge.updated', pay(), { object: 'charge' }],
  ['charge.refunded', then(pay(), refund()), { object: 'charge' }],
  [
    'charge.refund.updated',
    then(pay({ payment_method: 'pm_card_pendingRefund' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  ['refund.created', then(pay(), refund()), { object: 'refund' }],
  [
    'refund.updated',
    then(pay({ payment_method: 'pm_card_pendingRefund' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  [
    'refund.failed',
    then(pay({ payment_method: 'pm_card_refundFail' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  ['charge.dispute.created', then(pay(), dispute()), { object: 'dispute' }],
  [
    'charge.dispute.updated',
    then(pay(), dispute(), dispute({ status: 'under_review' })),
    { object: 'dispute' },
  ],
  ['charge.dispute.closed', then(pay(), dispute({ status: 'lost' })), { object: 'dispute' }],
  ['charge.dispute.funds_withdrawn', then(pay(), dispute()), { object: 'dispute' }],
  ['charge.dispute.funds_reinstated', then(pay(), dispute({ status: 'won' })), { object: 'dispute' }],
  [
    'application_fee.created',
    pay({ application_fee_amount: 100 }),
    { endpoint: 'platform', object: 'application_fee' },
  ],
  [
    'application_fee.refunded',
    then(pay({ application_fee_amount: 100 }), refund({ amount: 500, refund_application_fee: true })),
    { endpoint: 'platform', object: 'application_fee' },
  ],
  ['payout.created', then(rich, payOut)],
  ['payout.updated', then(rich, payOut, wait(3600))],
  ['payout.paid', then(rich, payOut, wait(5 * 86_400))],
  [
    'payout.failed',
    then(move('bank_changed', { account_number: '000111111116' }), rich, payOut, wait(5 * 86_400)),
  ],
  ['payout.canceled', then(rich, payOut, cancelPayout)],
  ['payout.reconciliation_completed', then(rich, wait(8 * 86_400))],
  ['balance.available', then(pay(), wait(3 * 86_400))],
  [
    'balance_settings.updated',
    (b, id) => b.stripe.accounts.update(id, { settings: { payouts: { schedule: { interval: 'manual' } } } }),
  ],
  ['checkout.session.completed', then(session, onItsPage({ number: '4242424242424242' }))],
  ['checkout.session.async_payment_succeeded', then(session, onItsPage({ method: 'bank' }), wait(60))],
  ['checkout.session.async_payment_failed', then(session, onItsPage({ method: 'empty_bank' }), wait(60))],
  ['checkout.session.expired', then(session, wait(86_400))],
  [
    'radar.early_fraud_warning.created',
    pay({ payment_method: 'pm_card_createIssuerFraudRecord' }),
    { object: 'radar.early_fraud_warning' },
  ],
])('%s is told to the endpoint of its kind, with the object it is about', async (type, act, over = {}) => {
  const b = bench({ switches: { person_events: true } })
  const { id } = await b.enabledAccount()
  await act(b, id)
  await b.simulator.settle()
  const { endpoint, object = type.split('.').slice(0, -1).join('.') } = over
  const here = (endpoint === 'platform' ? b.platform : b.connect).filter((event) => event.type === type)
  const there = (endpoint === 'platform' ? b.connect : b.platform).filter((event) => event.type === type)
  expect([here.length > 0, there]).toEqual([true, []])
  for (const event of here) {
    expect(event.account).toBe(endpoint === 'platform' ? undefined : id)
    expect(event.data.object).toMatchObject({ object })
    // Only what changed has a before (https://docs.stripe.com/api/events/object).
    expect([type, event.data.previous_attributes !== undefined]).toEqual([type, type.endsWith('.updated')])
  }
})
