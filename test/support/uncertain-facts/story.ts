/** The story of a few accounts, from onboarding to disconnection. It exercises everything that a switch changes. */
import { expect } from 'vitest'
import { BANKS } from '../payee.ts'
import type { Exchange, OpenWorld, Trouble } from './world.ts'

/** The final states, and everything observed on the way. */
export interface StoryResult {
  readonly wire: readonly Exchange[]
  readonly arrived: OpenWorld['arrived']
  readonly observations: Record<string, any>
  readonly ended: Ended
}

export interface Ended {
  readonly account: Record<string, string>
  /** `payment refund dispute fee` of each. */
  readonly payments: Record<'refunded' | 'disputed' | 'captured' | 'declined' | 'unsettled', string>
  readonly payouts: Record<'paid' | 'failed' | 'rest', string>
  readonly disconnected: Record<string, string>
}

export const TROUBLES: readonly Trouble[] = [
  { type: 'charge.captured', fails: 2 },
  { type: 'charge.dispute.created', takesMs: 120 },
]

const DAY = 86_400
const HOUR = 3600
const FULL = { payment_method: 'pm_card_bypassPending', confirm: true, currency: 'usd' }

export async function tell(world: OpenWorld): Promise<StoryResult> {
  const { call, sim, settle, later, stripe } = world
  const observations: StoryResult['observations'] = {}
  const state = async (account: string) => (await call('GET', `/v1/accounts/${account}/status`)).body['state']
  const open = async (external_id: string, country: string) => {
    const created = await call('POST', '/v1/accounts', { external_id, country })
    expect(created).toMatchObject({ status: 201 })
    return created.body['id'] as string
  }
  const pay = (account: string, body: object) =>
    call('POST', `/v1/accounts/${account}/payments`, { ...FULL, ...body })
  const paid = async (account: string, body: object) => {
    const answer = await pay(account, body)
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
    return answer.body['id'] as string
  }

  // An account is created, onboarded and verified.
  const shop = await open('shop', 'US')
  const at = `/v1/accounts/${shop}`
  await settle()
  observations['event at once'] = world.arrived.some(({ type }) => type === 'account.updated')
  await call('POST', `${at}/onboarding_links`, { return_to: 'https://app.example.com/back' })
  expect(await pay(shop, { amount: 1000 })).toMatchObject({ status: 409, body: { code: 'gate_closed' } })
  const someKey = { key: 'another-process' }
  const first = await stripe('POST /v1/payment_intents', { amount: '1000', currency: 'usd' }, someKey)
  await sim('POST', `/_sim/accounts/${shop}/onboard`, { outcome: 'pending_verification' })
  await later(60)
  observations['after a minute'] = (await state(shop))['charges']
  await later(DAY)
  const second = await stripe('POST /v1/payment_intents', { amount: '1000', currency: 'usd' }, someKey)
  observations['key known after a day'] = second.body.id === first.body.id
  expect(await state(shop)).toMatchObject({ onboarding: 'enabled', charges: 'active', payouts: 'on' })

  // A requirement becomes past due, and is then met.
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'requirements_past_due' })
  await settle()
  const late = await pay(shop, { amount: 1000 })
  expect(late).toMatchObject({ status: 409, body: { code: 'gate_closed' } })
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'answered' })
  await later(DAY + HOUR)

  // Payments: in full, captured in part, and declined.
  await call('PUT', `${at}/payout_schedule`, { interval: 'manual' })
  const tea = await paid(shop, { amount: 20_000, application_fee_amount: 1000 })
  const cups = await paid(shop, { amount: 4000, application_fee_amount: 200 })
  const hold = await paid(shop, { amount: 5000, application_fee_amount: 500, capture_method: 'manual' })
  const part = await call('POST', `${at}/payments/${hold}/capture`, { amount: 3000 })
  expect(part).toMatchObject({ status: 200 })
  const declined = await pay(shop, { amount: 1000, payment_method: 'pm_card_chargeDeclined' })
  expect(declined).toMatchObject({ status: 402, body: { code: 'card_declined' } })
  const refused = declined.body['payment']['id'] ?? declined.body['payment']
  await sim('POST', `/_sim/payment_intents/${refused}/pay`, { payment_method: 'pm_card_chargeDeclined' })
  await settle()
  observations['fee at once'] = (await call('GET', `${at}/payments/${tea}`)).body['fee']
  await later(HOUR)

  // A refund whose answer is lost.
  await sim('POST', '/_sim/faults', { route: 'POST /v1/refunds', after_commit: true })
  const back = { amount: 2500, refund_application_fee: true }
  expect(await call('POST', `${at}/payments/${tea}/refunds`, back)).toMatchObject({ status: 201 })
  await later(5 * DAY)

  // A payout arrives, another fails, and a later one arrives.
  const out = async (amount: number, method = 'standard') =>
    call('POST', `${at}/payouts`, { amount, currency: 'usd', method })
  const arrives = await out(1000)
  expect(arrives).toMatchObject({ status: 201 })
  observations['instant payout'] = await out(40, 'instant')
  await later(4 * DAY)
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'bank_changed', account_number: BANKS.closed })
  await settle()
  const bounces = await out(2000)
  expect(bounces).toMatchObject({ status: 201 })
  await later(5 * DAY)
  observations['payouts enabled'] = (
    await stripe('GET /v1/account', undefined, { account: shop })
  ).body.payouts_enabled
  const stopped = await out(100)
  expect(stopped.status).not.toBe(201)
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'bank_changed', account_number: BANKS.good })
  await settle()
  if ((await state(shop))['payouts'] === 'failing') {
    // Where Stripe shows no external accounts, the next payout that arrives clears the failure. The holder makes one.
    await stripe('POST /v1/payouts', { amount: '500', currency: 'usd' }, { account: shop })
    await later(5 * DAY)
  }
  expect(await state(shop)).toMatchObject({ payouts: 'on' })
  const balance = await stripe('GET /v1/balance', undefined, { account: shop })
  const rest = await out(balance.body.available[0].amount)
  expect(rest).toMatchObject({ status: 201 })
  await later(5 * DAY)

  // A refund before settlement, and a dispute without the balance to cover it.
  const mug = await paid(shop, { amount: 3000, payment_method: 'pm_card_visa' })
  const wanted = await call('POST', `${at}/payments/${mug}/refunds`, {})
  expect(wanted).toMatchObject({ status: 201 })
  observations['refund'] = wanted.body['status']
  await sim('POST', `/_sim/payment_intents/${cups}/dispute`, { status: 'lost' })
  await later(7 * DAY)
  observations['balance'] = (
    await stripe('GET /v1/balance', undefined, { account: shop })
  ).body.available[0].amount
  await paid(shop, { amount: 20_000 })
  await later(DAY)

  // Stripe disables the account, and its webhook is late.
  await sim('POST', '/_sim/delivery', { hold: true })
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'under_review' })
  await pay(shop, { amount: 1000 })
  await sim('POST', '/_sim/delivery', { hold: false })
  await settle()
  expect(await pay(shop, { amount: 1000 })).toMatchObject({ status: 409, body: { code: 'gate_closed' } })
  await sim('POST', `/_sim/accounts/${shop}/move`, { move: 'enabled' })
  await settle()

  // An account in Brazil.
  const loja = await open('loja', 'BR')
  await sim('POST', `/_sim/accounts/${loja}/onboard`, { outcome: 'enabled' })
  await later(HOUR)
  observations['fee in Brazil'] = await pay(loja, { amount: 1000, application_fee_amount: 50 })
  await later(HOUR)

  await callsOfOthers(world, { shop, loja }, observations)
  await world.reconciled()
  // The final check makes many calls.
  await sim('POST', '/_sim/switches', { rate_limit: null })
  await world.expectTruth()

  const payment = async (id: string) => {
    const { status, refund, dispute, fee } = (await call('GET', `${at}/payments/${id}`)).body
    return [status, refund, dispute, fee].join(' ')
  }
  const payout = async (made: { body: Record<string, any> }) =>
    (await call('GET', `${at}/payouts/${made.body['id']}`)).body['status'] as string
  const ended = {
    account: await state(shop),
    payments: {
      refunded: await payment(tea),
      disputed: await payment(cups),
      captured: await payment(hold),
      declined: await payment(refused),
      unsettled: await payment(mug),
    },
    payouts: { paid: await payout(arrives), failed: await payout(bounces), rest: await payout(rest) },
  }

  // The connection ends.
  await sim('POST', `/_sim/accounts/${shop}/deauthorize`)
  await settle()
  expect(await pay(shop, { amount: 1000 })).toMatchObject({
    status: 409,
    body: { code: 'gate_closed', blockers: [{ code: 'account_disconnected' }] },
  })
  expect((await sim('GET', '/_sim/books')).balanced).toBe(true)
  return {
    wire: world.wire,
    arrived: world.arrived,
    observations: { ...observations, deliveries: (await sim('GET', '/_sim/deliveries')).data },
    ended: { ...ended, disconnected: await state(shop) },
  }
}

/** Calls by another process of the platform or by a holder, which this service never makes. */
async function callsOfOthers(
  { sim, stripe, settle, withinOneSecond }: OpenWorld,
  { shop, loja }: { shop: string; loja: string },
  observations: StoryResult['observations'],
): Promise<void> {
  const both = { type: 'standard', 'controller[fees][payer]': 'account' }
  observations['type beside controller'] = (await stripe('POST /v1/accounts', both)).status
  const intent = { amount: '1000', currency: 'usd' }
  const underOneKey = (account: string) =>
    stripe('POST /v1/payment_intents', intent, { account, key: 'same' })
  const [one, two] = [await underOneKey(shop), await underOneKey(loja)]
  observations['payments under one key'] = one.body.id === two.body.id ? 1 : 2
  const dear = { amount: '100000000', currency: 'usd' }
  observations['nine digits'] = (await stripe('POST /v1/payment_intents', dear, { account: shop })).status
  const dinar = { amount: '1005', currency: 'kwd' }
  observations['last digit'] = (await stripe('POST /v1/payment_intents', dinar, { account: shop })).status
  const delay = { 'settings[payouts][schedule][delay_days]': '9' }
  observations['payout delay'] = (await stripe(`POST /v1/accounts/${shop}`, delay)).status
  const held = await stripe(
    'POST /v1/payment_intents',
    {
      ...intent,
      application_fee_amount: '900',
      capture_method: 'manual',
      confirm: 'true',
      payment_method: 'pm_card_visa',
      return_url: 'https://app.example.com/',
    },
    { account: shop },
  )
  const part = { amount_to_capture: '600' }
  observations['fee over capture'] = (
    await stripe(`POST /v1/payment_intents/${held.body.id}/capture`, part, { account: shop })
  ).status
  await sim('POST', `/_sim/accounts/${loja}/deauthorize`)
  await sim('POST', `/_sim/accounts/${loja}/authorize`)
  const payout = { amount: '100', currency: 'brl' }
  observations['uncontrolled payout'] = (
    await stripe('POST /v1/payouts', payout, { account: loja })
  ).body.error
  await settle()
  observations['burst'] = await withinOneSecond(async () => {
    const calls = Array.from({ length: 60 }, (_, index) =>
      stripe('GET /v1/balance', undefined, { account: index % 2 === 0 ? shop : loja }),
    )
    return Promise.all(calls)
  })
}
