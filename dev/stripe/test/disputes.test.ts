import { describe, expect, it } from 'vitest'
import { idOf } from '../src/core/json.ts'
import { type TestSimulator, failure, testSimulator } from './test-simulator.ts'

const DISPUTE_FEE = 1500

/**
 * https://docs.stripe.com/connect/disputes
 * https://docs.stripe.com/api/disputes/object
 */
describe('disputes', () => {
  it('a dispute withdraws the amount and a fee, and a won dispute reinstates the amount', async () => {
    const { stripe, enabledAccount, payment, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const before = await held(stripe, stripeAccount)
    await types()
    const dispute = await control(`POST /_sim/payment_intents/${paid.id}/dispute`, {
      reason: 'product_not_received',
    })
    expect(dispute).toMatchObject({
      amount: 10_000,
      status: 'needs_response',
      reason: 'product_not_received',
    })
    expect(await types()).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn'])
    expect(await held(stripe, stripeAccount)).toBe(before - 10_000 - DISPUTE_FEE)
    expect(await stripe.charges.retrieve(idOf(paid.latest_charge), {}, { stripeAccount })).toMatchObject({
      disputed: true,
    })
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`, { status: 'won' })
    expect(await types()).toEqual(['charge.dispute.closed', 'charge.dispute.funds_reinstated'])
    expect(await held(stripe, stripeAccount)).toBe(before - DISPUTE_FEE)
  })

  it('a lost dispute returns neither the amount nor the application fee', async () => {
    const { stripe, enabledAccount, payment, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { application_fee_amount: 500 })
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    const [dispute] = (await stripe.disputes.list({ payment_intent: paid.id }, { stripeAccount })).data
    await types()
    expect(await stripe.disputes.close(dispute?.id ?? '', {}, { stripeAccount })).toMatchObject({
      status: 'lost',
    })
    expect(await types()).toEqual(['charge.dispute.closed'])
    expect((await stripe.applicationFees.list()).data).toMatchObject([{ amount_refunded: 0 }])
  })

  it('an inquiry withdraws nothing until it becomes a dispute', async () => {
    const { stripe, enabledAccount, payment, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const before = await held(stripe, stripeAccount)
    await types()
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`, { inquiry: true })
    expect(await types()).toEqual(['charge.dispute.created'])
    expect(await held(stripe, stripeAccount)).toBe(before)
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`, { status: 'needs_response' })
    expect(await types()).toEqual(['charge.dispute.updated', 'charge.dispute.funds_withdrawn'])
  })

  it('a dispute can go through review and appeal', async () => {
    const { enabledAccount, payment, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    await types()
    for (const status of ['under_review', 'lost', 'appeal_needs_response', 'appeal_under_review', 'won']) {
      expect(await control(`POST /_sim/payment_intents/${paid.id}/dispute`, { status })).toMatchObject({
        status,
      })
    }
    expect(await types()).toEqual([
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.updated',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ])
  })

  it.each([
    [{}, 'warning_closed'],
    [{}, 'appeal_under_review'],
    [{ inquiry: true }, 'lost'],
    [{ amount: 10_001 }, 'won'],
  ])('a dispute that opens with %j cannot become %s', async (input, status) => {
    const { stripe, enabledAccount, payment, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const route = `POST /_sim/payment_intents/${paid.id}/dispute`
    await expect(control(route, { ...input, status })).rejects.toThrow('invalid_request_error')
    expect((await stripe.disputes.list({}, { stripeAccount })).data).toEqual([])
  })

  it('a won dispute is final, its charge can be refunded, and a charge is disputed once', async () => {
    const { enabledAccount, payment, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const route = `POST /_sim/payment_intents/${paid.id}/dispute`
    await control(route)
    await expect(control(route, { reason: 'duplicate' })).rejects.toThrow('already disputed')
    expect(await control(route, { status: 'won' })).toMatchObject({ is_charge_refundable: true })
    await expect(control(route, { status: 'lost' })).rejects.toThrow('cannot become lost')
  })

  it('an unchanged dispute status sends no event', async () => {
    const { enabledAccount, payment, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    const route = `POST /_sim/payment_intents/${paid.id}/dispute`
    for (const status of ['needs_response', 'under_review']) {
      await control(route, { status })
      await types()
      expect(await control(route, { status })).toMatchObject({ status })
      expect(await types()).toEqual([])
    }
  })

  it('a dispute is visible to its own account only', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const [stripeAccount, other] = [(await enabledAccount()).id, (await enabledAccount()).id]
    await payment(stripeAccount, { payment_method: 'pm_card_createDispute' })
    const [dispute] = (await stripe.disputes.list({}, { stripeAccount })).data
    const id = dispute?.id ?? ''
    expect((await stripe.disputes.retrieve(id, {}, { stripeAccount })).id).toBe(id)
    expect(await failure(stripe.disputes.retrieve(id, {}, { stripeAccount: other }))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })

  it('a fully refunded charge cannot be disputed', async () => {
    const { stripe, enabledAccount, payment, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await stripe.refunds.create({ payment_intent: paid.id }, { stripeAccount })
    await expect(control(`POST /_sim/payment_intents/${paid.id}/dispute`)).rejects.toThrow('refunded in full')
  })

  it.each([
    ['losing_evidence', 'warning_closed'],
    ['escalate_inquiry_evidence', 'needs_response'],
  ])('the test evidence %s ends an inquiry as %s', async (text, status) => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_createDisputeInquiry' })
    const [inquiry] = (await stripe.disputes.list({}, { stripeAccount })).data
    const params = { evidence: { uncategorized_text: text } }
    expect(await stripe.disputes.update(inquiry?.id ?? '', params, { stripeAccount })).toMatchObject({
      status,
    })
  })

  it('a metadata update or saved evidence does not submit the response', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_createDispute' })
    const [dispute] = (await stripe.disputes.list({}, { stripeAccount })).data
    const noted = await stripe.disputes.update(dispute?.id ?? '', { metadata: { a: 'b' } }, { stripeAccount })
    expect(noted).toMatchObject({
      metadata: { a: 'b' },
      status: 'needs_response',
      evidence: dispute?.evidence,
      evidence_details: { submission_count: 0 },
    })
  })

  it('test evidence decides a dispute, and a closed dispute accepts none', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_createDispute' })
    await payment(stripeAccount, { payment_method: 'pm_card_createDispute' })
    const [second, first] = (await stripe.disputes.list({}, { stripeAccount })).data
    const give = (id: string | undefined, text: string) =>
      stripe.disputes.update(id ?? '', { evidence: { uncategorized_text: text } }, { stripeAccount })
    expect(await give(first?.id, 'winning_evidence')).toMatchObject({ status: 'won' })
    expect(await give(second?.id, 'losing_evidence')).toMatchObject({
      status: 'lost',
      evidence_details: { submission_count: 1 },
    })
    expect(await failure(give(second?.id, 'late'))).toMatchObject({ statusCode: 400 })
  })

  it('a refund of a disputed charge is refused', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { payment_method: 'pm_card_createDispute' })
    const call = stripe.refunds.create({ payment_intent: paid.id }, { stripeAccount })
    expect(await failure(call)).toMatchObject({ code: 'charge_disputed' })
  })

  it('a dispute fails a refund that waits for funds', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    await simulator.advance(5 * 86_400)
    const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 5000 }, { stripeAccount })
    expect(refund.status).toBe('pending')
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    expect(await stripe.refunds.retrieve(refund.id, {}, { stripeAccount })).toMatchObject({
      status: 'failed',
      failure_reason: 'charge_for_pending_refund_disputed',
    })
  })

  it('an early fraud warning precedes a dispute', async () => {
    const { stripe, enabledAccount, payment, types, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await types()
    const paid = await payment(stripeAccount, { payment_method: 'pm_card_createIssuerFraudRecord' })
    expect(await types()).toContain('radar.early_fraud_warning.created')
    await control(`POST /_sim/payment_intents/${paid.id}/fraud_warning`, { fraud_type: 'misc' })
    const warnings = await stripe.radar.earlyFraudWarnings.list(
      { payment_intent: paid.id },
      { stripeAccount },
    )
    expect(warnings.data.map(({ fraud_type: type }) => type)).toEqual(['misc', 'unauthorized_use_of_card'])
  })
})

async function held(stripe: TestSimulator['stripe'], stripeAccount: string): Promise<number> {
  const { available, pending } = await stripe.balance.retrieve({}, { stripeAccount })
  return (available[0]?.amount ?? 0) + (pending[0]?.amount ?? 0)
}
