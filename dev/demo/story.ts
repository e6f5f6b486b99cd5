/** One account's life, step by step, with the states that each step must lead to. */
import { requireAnswer, waitFor } from './checks.ts'
import type { Stack } from './stack.ts'
import type { Timeline } from './timeline.ts'

const DAY_S = 86_400
const PAYMENT = {
  amount: 50_00,
  currency: 'usd',
  application_fee_amount: 5_00,
  payment_method: 'pm_card_visa',
  confirm: true,
}
/** Stripe's test account numbers: payouts to the first fail with `no_account`; payouts to the second arrive. */
const UNKNOWN_BANK = '000111111116'
const GOOD_BANK = '000123456789'

export async function playStory(
  { call, sim, origin }: Stack,
  { chapter, changed, answered }: Timeline,
): Promise<void> {
  chapter('An account that cannot be charged yet')
  const created = requireAnswer(
    await call('POST', '/v1/accounts', { external_id: `demo-${Date.now()}`, country: 'US' }),
    201,
  )
  const account = `/v1/accounts/${String(created['id'])}`
  const controls = `/accounts/${String(created['id'])}`
  const paymentIsRefused = async (code: string) => {
    const body = requireAnswer(await call('POST', `${account}/payments`, PAYMENT), 409, {
      code: 'gate_closed',
      blockers: { 0: { code } },
    })
    const [{ actor, detail }] = body['blockers'] as [{ actor: string; detail: string }]
    answered('a payment is refused', `409 ${code}, the ${actor} must act: ${detail}`)
  }
  const accountBecomes = async (step: string, fields: Record<string, unknown>) => {
    const status = await waitFor(async () => (await call('GET', `${account}/status`)).body, fields)
    changed(step, status['state'] as Record<string, unknown>)
  }
  await accountBecomes(`${String(created['id'])} is created`, {
    badge: 'restricted',
    state: { onboarding: 'created' },
  })
  await paymentIsRefused('onboarding_not_started')

  chapter('Onboarding')
  requireAnswer(await call('POST', `${account}/onboarding_links`, { return_to: origin }), 201)
  await accountBecomes('an onboarding link is created', { state: { onboarding: 'started' } })
  await sim(`${controls}/onboard`, { outcome: 'pending_verification', account_number: UNKNOWN_BANK })
  await accountBecomes('the form is submitted, and Stripe verifies', { badge: 'in_review' })
  await sim(`${controls}/move`, { move: 'enabled' })
  await accountBecomes('Stripe enables the account', { badge: 'enabled', gates: { charge: { open: true } } })

  chapter('A direct charge')
  const paid = requireAnswer(await call('POST', `${account}/payments`, PAYMENT), 201, { status: 'succeeded' })
  const payment = `${account}/payments/${String(paid['id'])}`
  const paymentBecomes = async (step: string, fields: Record<string, unknown>) => {
    const { status, refund, dispute, fee } = await waitFor(
      async () => (await call('GET', payment)).body,
      fields,
    )
    changed(step, { payment: status, refund, dispute, fee })
  }
  await paymentBecomes('the payment succeeds', { status: 'succeeded', fee: 'pending' })
  await sim('/clock', { advance_s: 60 })
  await paymentBecomes('Stripe collects the platform’s fee', { fee: 'collected' })
  requireAnswer(await call('POST', `${payment}/refunds`, { amount: 20_00 }), 201)
  await paymentBecomes('20.00 of it is refunded', { refund: 'partial', amount_refunded: 20_00 })
  await sim(`/payment_intents/${String(paid['id'])}/dispute`, {})
  await paymentBecomes('the cardholder disputes the rest', { dispute: 'open' })
  await sim(`/payment_intents/${String(paid['id'])}/dispute`, { status: 'won' })
  await paymentBecomes('the dispute is won', { dispute: 'won' })

  chapter('Requirements')
  await sim(`${controls}/move`, { move: 'requirements_past_due', fields: ['business_profile.url'] })
  await accountBecomes('a requirement is past due', {
    state: { onboarding: 'restricted' },
    // An event about the inactive capability may arrive first and close the gate with another code.
    gates: { charge: { open: false, blockers: { 0: { code: 'requirements_past_due' } } } },
  })
  await paymentIsRefused('requirements_past_due')
  await sim(`${controls}/move`, { move: 'answered' })
  await accountBecomes('the merchant provides it', { gates: { charge: { open: true } } })
  requireAnswer(await call('POST', `${account}/payments`, { ...PAYMENT, amount: 200_00 }), 201, {
    status: 'succeeded',
  })
  answered('a payment succeeds again', '201')

  chapter('Payouts, as the days pass')
  const advanceOneDay = () => sim('/clock', { advance_s: DAY_S })
  const payoutBecomes = async (step: string, fields: Record<string, unknown>) => {
    const read = async () => (await call('GET', `${account}/payouts`)).body
    const { data } = await waitFor(read, { data: { 0: fields } }, advanceOneDay)
    const [{ status }] = data as [{ status: string }]
    changed(step, { payout: status })
  }
  await payoutBecomes('the first payout fails: no such bank account', { status: 'failed' })
  await accountBecomes('the failure closes the payout gate', {
    state: { payouts: 'failing' },
    gates: { payout: { open: false } },
  })
  await sim(`${controls}/move`, { move: 'bank_changed', account_number: GOOD_BANK })
  await accountBecomes('the merchant corrects the bank account', {
    state: { payouts: 'on' },
    gates: { payout: { open: true } },
  })
  await payoutBecomes('the next payout arrives', { status: 'paid' })
}
