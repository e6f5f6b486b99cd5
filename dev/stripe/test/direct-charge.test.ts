import { expect, it } from 'vitest'
import { idOf } from '../src/core/id-of.ts'
import { bench, failure } from './bench.ts'

it('charges on a connected account, takes the fee a moment later, and refunds both', async () => {
  const { stripe, enabledAccount, payment, types } = bench()
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

it('takes notes on a charge, and tells of them once', async () => {
  const { stripe, enabledAccount, payment, types } = bench()
  const { id: stripeAccount } = await enabledAccount()
  const { latest_charge: charge } = await payment(stripeAccount)
  await types()
  for (const told of [['charge.updated'], []]) {
    // oxlint-disable-next-line no-await-in-loop
    const noted = await stripe.charges.update(idOf(charge), { metadata: { a: 'b' } }, { stripeAccount })
    expect(noted.metadata).toEqual({ a: 'b' })
    // oxlint-disable-next-line no-await-in-loop
    expect(await types()).toEqual(told)
  }
})

it('declines a declining card with a card error that carries the payment', async () => {
  const { enabledAccount, payment, types } = bench()
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

it('never delivers a connected account event to the platform endpoint, nor the other way round', async () => {
  const { simulator, enabledAccount, payment, connect, platform } = bench()
  const { id } = await enabledAccount()
  await payment(id, { application_fee_amount: 500 })
  await simulator.settle()
  expect(new Set(connect.map(({ account }) => account))).toEqual(new Set([id]))
  expect(platform.map(({ type, account }) => [type, account])).toEqual([
    ['application_fee.created', undefined],
  ])
})
