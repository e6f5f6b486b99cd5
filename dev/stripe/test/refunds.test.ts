import { describe, expect, it } from 'vitest'
import { idOf } from '../src/core/json.ts'
import { failure, testSimulator } from './test-simulator.ts'

const DAY = 86_400

/**
 * https://docs.stripe.com/refunds
 * https://docs.stripe.com/connect/direct-charges#issue-refunds
 */
describe('refunds', () => {
  it('a refund returns the application fee on request only, pro rata', async () => {
    const { stripe, enabledAccount, payment, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { application_fee_amount: 1000 })
    await types()
    await stripe.refunds.create({ payment_intent: paid.id, amount: 2000 }, { stripeAccount })
    expect((await stripe.applicationFees.list()).data).toMatchObject([{ amount_refunded: 0 }])
    await stripe.refunds.create(
      { payment_intent: paid.id, amount: 2500, refund_application_fee: true },
      { stripeAccount },
    )
    expect((await stripe.applicationFees.list()).data).toMatchObject([
      { amount_refunded: 250, refunded: false },
    ])
    await stripe.refunds.create({ payment_intent: paid.id, refund_application_fee: true }, { stripeAccount })
    expect((await stripe.applicationFees.list()).data).toMatchObject([
      { amount_refunded: 1000, refunded: true },
    ])
    const charge = await stripe.charges.retrieve(
      idOf(paid.latest_charge),
      { expand: ['refunds'] },
      { stripeAccount },
    )
    expect(charge).toMatchObject({ amount_refunded: 10_000, refunded: true })
    expect(charge.refunds?.data.map(({ amount }) => amount)).toEqual([5500, 2500, 2000])
    expect((await types()).filter((type) => type.startsWith('application_fee'))).toEqual([
      'application_fee.refunded',
      'application_fee.refunded',
    ])
  })

  it('a refund above the rest, of a refunded charge or of an uncaptured charge is refused', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const refund = (amount?: number) =>
      stripe.refunds.create(
        { payment_intent: paid.id, ...(amount === undefined ? {} : { amount }) },
        { stripeAccount },
      )
    expect(await failure(refund(10_001))).toMatchObject({
      message: 'Refund amount ($100.01 usd) is greater than unrefunded amount on charge ($100.00 usd)',
    })
    await refund()
    expect(await failure(refund())).toMatchObject({ code: 'charge_already_refunded' })
    const held = await payment(stripeAccount, { capture_method: 'manual' })
    expect(
      await failure(stripe.refunds.create({ payment_intent: held.id }, { stripeAccount })),
    ).toMatchObject({ statusCode: 400 })
    expect(await failure(stripe.refunds.create({}, { stripeAccount }))).toMatchObject({ statusCode: 400 })
  })

  it('refunds without funds stay pending and are paid in order when funds arrive', async () => {
    const { stripe, enabledAccount, payment, simulator, types, connect } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    await simulator.advance(5 * DAY)
    expect((await stripe.balance.retrieve({}, { stripeAccount })).available).toMatchObject([{ amount: 0 }])
    await types()
    const first = await stripe.refunds.create({ payment_intent: paid.id, amount: 6000 }, { stripeAccount })
    const second = await stripe.refunds.create({ payment_intent: paid.id, amount: 4000 }, { stripeAccount })
    expect(first).toMatchObject({
      status: 'pending',
      pending_reason: 'insufficient_funds',
      balance_transaction: null,
    })
    expect(await types()).toEqual(['refund.created', 'charge.refunded', 'refund.created', 'charge.refunded'])

    await payment(stripeAccount, { amount: 7000 })
    expect(await stripe.refunds.retrieve(first.id, {}, { stripeAccount })).toMatchObject({
      status: 'succeeded',
    })
    expect(await stripe.refunds.retrieve(second.id, {}, { stripeAccount })).toMatchObject({
      status: 'pending',
    })
    const updates = connect.filter(({ type }) => type === 'refund.updated')
    expect(updates).toHaveLength(1)
    expect(updates[0]?.data.previous_attributes).toMatchObject({
      status: 'pending',
      pending_reason: 'insufficient_funds',
    })
    await payment(stripeAccount, { amount: 9000 })
    expect(await stripe.refunds.retrieve(second.id, {}, { stripeAccount })).toMatchObject({
      status: 'succeeded',
    })
  })

  it('the application fee returns at once although the refund waits for funds', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { application_fee_amount: 1000 })
    await simulator.advance(5 * DAY)
    const refund = await stripe.refunds.create(
      { payment_intent: paid.id, refund_application_fee: true },
      { stripeAccount },
    )
    expect(refund.status).toBe('pending')
    expect((await stripe.applicationFees.list()).data).toMatchObject([
      { amount_refunded: 1000, refunded: true },
    ])
    expect((await stripe.balance.retrieve({}, { stripeAccount })).available).toMatchObject([{ amount: 1000 }])
    const { data } = await control('GET /_sim/books')
    expect(Object.values(data ?? {})).toMatchObject([
      { application_fees_paid: 0 },
      { application_fees_earned: 0 },
    ])
  })

  it('the test card decides whether a refund succeeds or fails later', async () => {
    const { stripe, enabledAccount, payment, simulator, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const slow = await payment(stripeAccount, { payment_method: 'pm_card_pendingRefund' })
    const pending = await stripe.refunds.create({ payment_intent: slow.id }, { stripeAccount })
    expect(pending.status).toBe('pending')
    await simulator.advance(60)
    expect((await stripe.refunds.retrieve(pending.id, {}, { stripeAccount })).status).toBe('succeeded')
    const bad = await payment(stripeAccount, { payment_method: 'pm_card_refundFail' })
    const early = await stripe.refunds.create({ payment_intent: bad.id }, { stripeAccount })
    expect(early.status).toBe('succeeded')
    await types()
    await simulator.advance(60)
    expect(await stripe.refunds.retrieve(early.id, {}, { stripeAccount })).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: expect.stringMatching(/^txn_/),
    })
    expect(await types()).toEqual(['refund.failed', 'refund.updated', 'charge.refund.updated'])
    const charge = await stripe.charges.retrieve(idOf(bad.latest_charge), {}, { stripeAccount })
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false })
  })

  it('the platform can refund a fee without a charge refund', async () => {
    const { stripe, enabledAccount, payment, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { application_fee_amount: 1000 })
    const [fee] = (await stripe.applicationFees.list()).data
    await stripe.applicationFees.createRefund(fee?.id ?? '', { amount: 400 })
    const over = stripe.applicationFees.createRefund(fee?.id ?? '', { amount: 601 })
    expect(await failure(over)).toMatchObject({ param: 'amount' })
    expect(await stripe.applicationFees.retrieve(fee?.id ?? '')).toMatchObject({
      amount_refunded: 400,
      refunded: false,
    })
    expect((await stripe.applicationFees.listRefunds(fee?.id ?? '')).data).toMatchObject([{ amount: 400 }])
    expect((await control('GET /_sim/books'))['balanced']).toBe(true)
  })
})
