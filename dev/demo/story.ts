/** One account's life, step by step, and what each step must lead to. */
import { told, until } from './expect.ts'
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
/** Stripe's test account numbers: payouts to the first fail with `no_account`, to the second they arrive. */
const UNKNOWN_BANK = '000111111116'
const GOOD_BANK = '000123456789'

export async function tell(
  { call, sim, origin }: Stack,
  { chapter, happened, answered }: Timeline,
): Promise<void> {
  chapter('An account that cannot be charged yet')
  const made = told(
    await call('POST', '/v1/accounts', { external_id: `demo-${Date.now()}`, country: 'US' }),
    201,
  )
  const here = `/v1/accounts/${String(made['id'])}`
  const controls = `/accounts/${String(made['id'])}`
  const refused = async (code: string) => {
    const body = told(await call('POST', `${here}/payments`, PAYMENT), 409, {
      code: 'gate_closed',
      blockers: { 0: { code } },
    })
    const [{ actor, detail }] = body['blockers'] as [{ actor: string; detail: string }]
    answered('a payment is refused', `409 ${code}, the ${actor} must act: ${detail}`)
  }
  const accountIs = async (what: string, fields: Record<string, unknown>) => {
    const status = await until(async () => (await call('GET', `${here}/status`)).body, fields)
    happened(what, status['state'] as Record<string, unknown>)
  }
  await accountIs(`${String(made['id'])} is created`, {
    badge: 'restricted',
    state: { onboarding: 'created' },
  })
  await refused('onboarding_not_started')

  chapter('Onboarding')
  told(await call('POST', `${here}/onboarding_links`, { return_to: origin }), 201)
  await accountIs('an onboarding link is taken', { state: { onboarding: 'started' } })
  await sim(`${controls}/onboard`, { outcome: 'pending_verification', account_number: UNKNOWN_BANK })
  await accountIs('the form is submitted, and Stripe verifies', { badge: 'in_review' })
  await sim(`${controls}/move`, { move: 'enabled' })
  await accountIs('Stripe enables the account', { badge: 'enabled', gates: { charge: { open: true } } })

  chapter('A direct charge')
  const paid = told(await call('POST', `${here}/payments`, PAYMENT), 201, { status: 'succeeded' })
  const payment = `${here}/payments/${String(paid['id'])}`
  const paymentIs = async (what: string, fields: Record<string, unknown>) => {
    const { status, refund, dispute, fee } = await until(
      async () => (await call('GET', payment)).body,
      fields,
    )
    happened(what, { payment: status, refund, dispute, fee })
  }
  await paymentIs('the same payment succeeds', { status: 'succeeded', fee: 'pending' })
  await sim('/clock', { advance_s: 60 })
  await paymentIs('Stripe collects the platform’s fee', { fee: 'collected' })
  told(await call('POST', `${payment}/refunds`, { amount: 20_00 }), 201)
  await paymentIs('20.00 of it is given back', { refund: 'partial', amount_refunded: 20_00 })
  await sim(`/payment_intents/${String(paid['id'])}/dispute`, {})
  await paymentIs('the cardholder disputes the rest', { dispute: 'open' })
  await sim(`/payment_intents/${String(paid['id'])}/dispute`, { status: 'won' })
  await paymentIs('the dispute is won', { dispute: 'won' })

  chapter('Requirements')
  await sim(`${controls}/move`, { move: 'requirements_past_due', fields: ['business_profile.url'] })
  await accountIs('a requirement is past due', {
    state: { onboarding: 'restricted' },
    // Another event of the change may come first, which says no more than that a capability is inactive.
    gates: { charge: { open: false, blockers: { 0: { code: 'requirements_past_due' } } } },
  })
  await refused('requirements_past_due')
  await sim(`${controls}/move`, { move: 'answered' })
  await accountIs('the merchant hands it in', { gates: { charge: { open: true } } })
  told(await call('POST', `${here}/payments`, { ...PAYMENT, amount: 200_00 }), 201, { status: 'succeeded' })
  answered('a payment succeeds again', '201')

  chapter('Payouts, as the days pass')
  const aDayPasses = () => sim('/clock', { advance_s: DAY_S })
  const payoutIs = async (what: string, fields: Record<string, unknown>) => {
    const read = async () => (await call('GET', `${here}/payouts`)).body
    const { data } = await until(read, { data: { 0: fields } }, aDayPasses)
    const [{ status }] = data as [{ status: string }]
    happened(what, { payout: status })
  }
  await payoutIs('the first payout fails: no such bank account', { status: 'failed' })
  await accountIs('which closes the payout gate', {
    state: { payouts: 'failing' },
    gates: { payout: { open: false } },
  })
  await sim(`${controls}/move`, { move: 'bank_changed', account_number: GOOD_BANK })
  await accountIs('the merchant corrects the bank account', {
    state: { payouts: 'on' },
    gates: { payout: { open: true } },
  })
  await payoutIs('the next payout arrives', { status: 'paid' })
}
