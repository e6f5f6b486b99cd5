import type { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { type TestSimulator, testSimulator } from './test-simulator.ts'

type Act = (b: TestSimulator, account: string) => Promise<unknown>
type Row = [type: Stripe.Event['type'], act: Act, over?: { endpoint?: 'platform'; object?: string }]

const pay =
  (params: Partial<Stripe.PaymentIntentCreateParams> = {}): Act =>
  (b, account) =>
    b.payment(account, params).catch(() => {})
const inOrder =
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
const lastIntent = async (b: TestSimulator, stripeAccount: string) =>
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
const payAvailable = pay({ payment_method: 'pm_card_bypassPending' })
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
const onCheckoutPage =
  (fields: Record<string, string>): Act =>
  async (b, stripeAccount) => {
    const [open] = (await b.stripe.checkout.sessions.list({}, { stripeAccount })).data
    await b.request(new URL(open?.url ?? '').pathname, { method: 'POST', body: new URLSearchParams(fields) })
  }

/** Every event type of the simulator. https://docs.stripe.com/api/events/types */
it.each<Row>([
  ['account.updated', move('requirements_due'), { object: 'account' }],
  [
    'account.application.deauthorized',
    (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
    { object: 'application' },
  ],
  [
    'account.application.authorized',
    inOrder(
      (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
      (b, id) => b.control(`POST /_sim/accounts/${id}/authorize`),
    ),
    { object: 'application' },
  ],
  ['account.external_account.created', move('bank_changed'), { object: 'bank_account' }],
  ['account.external_account.deleted', move('bank_changed'), { object: 'bank_account' }],
  [
    'account.external_account.updated',
    inOrder(move('bank_changed', { account_number: '000111111116' }), payAvailable, payOut, wait(5 * 86_400)),
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
  ['payment_intent.canceled', inOrder(pay({ capture_method: 'manual' }), wait(8 * 86_400))],
  ['charge.succeeded', pay(), { object: 'charge' }],
  ['charge.pending', pay({ payment_method: 'pm_usBankAccount_success' }), { object: 'charge' }],
  ['charge.failed', pay({ payment_method: 'pm_card_chargeDeclined' }), { object: 'charge' }],
  [
    'charge.captured',
    inOrder(pay({ capture_method: 'manual' }), async (b, stripeAccount) =>
      b.stripe.paymentIntents.capture(await lastIntent(b, stripeAccount), {}, { stripeAccount }),
    ),
    { object: 'charge' },
  ],
  ['charge.expired', inOrder(pay({ capture_method: 'manual' }), wait(8 * 86_400)), { object: 'charge' }],
  ['charge.updated', pay(), { object: 'charge' }],
  ['charge.refunded', inOrder(pay(), refund()), { object: 'charge' }],
  [
    'charge.refund.updated',
    inOrder(pay({ payment_method: 'pm_card_pendingRefund' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  ['refund.created', inOrder(pay(), refund()), { object: 'refund' }],
  [
    'refund.updated',
    inOrder(pay({ payment_method: 'pm_card_pendingRefund' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  [
    'refund.failed',
    inOrder(pay({ payment_method: 'pm_card_refundFail' }), refund(), wait(60)),
    { object: 'refund' },
  ],
  ['charge.dispute.created', inOrder(pay(), dispute()), { object: 'dispute' }],
  [
    'charge.dispute.updated',
    inOrder(pay(), dispute(), dispute({ status: 'under_review' })),
    { object: 'dispute' },
  ],
  ['charge.dispute.closed', inOrder(pay(), dispute({ status: 'lost' })), { object: 'dispute' }],
  ['charge.dispute.funds_withdrawn', inOrder(pay(), dispute()), { object: 'dispute' }],
  ['charge.dispute.funds_reinstated', inOrder(pay(), dispute({ status: 'won' })), { object: 'dispute' }],
  [
    'application_fee.created',
    pay({ application_fee_amount: 100 }),
    { endpoint: 'platform', object: 'application_fee' },
  ],
  [
    'application_fee.refunded',
    inOrder(pay({ application_fee_amount: 100 }), refund({ amount: 500, refund_application_fee: true })),
    { endpoint: 'platform', object: 'application_fee' },
  ],
  ['payout.created', inOrder(payAvailable, payOut)],
  ['payout.updated', inOrder(payAvailable, payOut, wait(3600))],
  ['payout.paid', inOrder(payAvailable, payOut, wait(5 * 86_400))],
  [
    'payout.failed',
    inOrder(move('bank_changed', { account_number: '000111111116' }), payAvailable, payOut, wait(5 * 86_400)),
  ],
  ['payout.canceled', inOrder(payAvailable, payOut, cancelPayout)],
  ['payout.reconciliation_completed', inOrder(payAvailable, wait(8 * 86_400))],
  ['balance.available', inOrder(pay(), wait(3 * 86_400))],
  [
    'balance_settings.updated',
    (b, id) => b.stripe.accounts.update(id, { settings: { payouts: { schedule: { interval: 'manual' } } } }),
  ],
  ['checkout.session.completed', inOrder(session, onCheckoutPage({ number: '4242424242424242' }))],
  [
    'checkout.session.async_payment_succeeded',
    inOrder(session, onCheckoutPage({ method: 'bank' }), wait(60)),
  ],
  [
    'checkout.session.async_payment_failed',
    inOrder(session, onCheckoutPage({ method: 'empty_bank' }), wait(60)),
  ],
  ['checkout.session.expired', inOrder(session, wait(86_400))],
  [
    'radar.early_fraud_warning.created',
    pay({ payment_method: 'pm_card_createIssuerFraudRecord' }),
    { object: 'radar.early_fraud_warning' },
  ],
])('%s is sent to the right kind of endpoint with its object', async (type, act, over = {}) => {
  const b = testSimulator({ switches: { person_events: true } })
  const { id } = await b.enabledAccount()
  await act(b, id)
  await b.simulator.settle()
  const { endpoint, object = type.split('.').slice(0, -1).join('.') } = over
  const received = (endpoint === 'platform' ? b.platform : b.connect).filter((event) => event.type === type)
  const misdirected = (endpoint === 'platform' ? b.connect : b.platform).filter(
    (event) => event.type === type,
  )
  expect([received.length > 0, misdirected]).toEqual([true, []])
  for (const event of received) {
    expect(event.account).toBe(endpoint === 'platform' ? undefined : id)
    expect(event.data.object).toMatchObject({ object })
    // Only updates have previous_attributes (https://docs.stripe.com/api/events/object).
    expect([type, event.data.previous_attributes !== undefined]).toEqual([type, type.endsWith('.updated')])
  }
})
