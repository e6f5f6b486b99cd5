import { expect, it } from 'vitest'
import { idOf } from '../src/core/json.ts'
import { failure, testSimulator } from './test-simulator.ts'

it('a direct charge creates its application fee a moment later, and a refund returns both', async () => {
  const { stripe, enabledAccount, payment, types } = testSimulator()
  const { id } = await enabledAccount()
  const paid = await payment(id, { application_fee_amount: 500 })
  expect(paid.status).toBe('succeeded')
  expect(await types()).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
    'charge.updated',
    'application_fee.created',
  ])
  const refund = await stripe.refunds.create(
    { payment_intent: paid.id, refund_application_fee: true },
    { stripeAccount: id },
  )
  expect(refund).toMatchObject({ amount: 10_000, status: 'succeeded' })
  expect(await types()).toEqual(['refund.created', 'charge.refunded', 'application_fee.refunded'])
})

it('an update of a charge sends one charge.updated', async () => {
  const { stripe, enabledAccount, payment, types } = testSimulator()
  const { id: stripeAccount } = await enabledAccount()
  const { latest_charge: charge } = await payment(stripeAccount)
  await types()
  for (const expected of [['charge.updated'], []]) {
    // oxlint-disable-next-line no-await-in-loop
    const noted = await stripe.charges.update(idOf(charge), { metadata: { a: 'b' } }, { stripeAccount })
    expect(noted.metadata).toEqual({ a: 'b' })
    // oxlint-disable-next-line no-await-in-loop
    expect(await types()).toEqual(expected)
  }
})

it('a declined card gives a card error with the PaymentIntent', async () => {
  const { enabledAccount, payment, types } = testSimulator()
  const { id } = await enabledAccount()
  const error = await failure(payment(id, { payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' }))
  expect(error).toMatchObject({
    type: 'StripeCardError',
    statusCode: 402,
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    payment_intent: { status: 'requires_payment_method' },
  })
  expect(await types()).toEqual(['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'])
})

it('the Connect endpoint gets only account events, the platform endpoint only platform events', async () => {
  const { simulator, enabledAccount, payment, connect, platform } = testSimulator()
  const { id } = await enabledAccount()
  await payment(id, { application_fee_amount: 500 })
  await simulator.settle()
  expect(new Set(connect.map(({ account }) => account))).toEqual(new Set([id]))
  expect(platform.map(({ type, account }) => [type, account])).toEqual([
    ['application_fee.created', undefined],
  ])
})
