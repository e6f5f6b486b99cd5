import { once } from 'node:events'
import { createServer } from 'node:http'
import { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { serveSimulator } from '../src/serve.ts'
import { failure } from './test-simulator.ts'

/** stripe-node with its own HTTP client over a socket. No type is cast, so its declarations must match the answers. */
it('stripe-node can use the whole flow over a socket', async () => {
  const events: Stripe.Event[] = []
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      events.push(Stripe.webhooks.constructEvent(body, request.headers['stripe-signature'] ?? '', 'whsec_x'))
      response.end('ok')
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const simulator = await serveSimulator({
    port: 0,
    webhooks: [{ url, connect: true, secret: 'whsec_x' }],
    switches: { async_capture_delay_s: 0 },
  })
  const control = (path: string, body: object) =>
    fetch(simulator.url + path, { method: 'POST', body: JSON.stringify(body) })
  try {
    const { hostname, port } = new URL(simulator.url)
    const stripe = new Stripe('sk_test_node', {
      host: hostname,
      port: Number(port),
      protocol: 'http',
      telemetry: false,
    })

    // Create an account and onboard on the hosted page.
    const account: Stripe.Account = await stripe.accounts.create({
      country: 'US',
      controller: { stripe_dashboard: { type: 'full' } },
      settings: { payouts: { schedule: { interval: 'manual' } } },
    })
    const link: Stripe.AccountLink = await stripe.accountLinks.create({
      account: account.id,
      type: 'account_onboarding',
      refresh_url: 'https://p.example/refresh',
      return_url: 'https://p.example/return',
    })
    await fetch(link.url)
    const form = {
      action: 'submit',
      first_name: 'Ada',
      last_name: 'L',
      email: 'a@l.example',
      account_number: '000123456789',
    }
    const birth = { dob_day: '1', dob_month: '1', dob_year: '1902' }
    const back = await fetch(link.url, {
      method: 'POST',
      body: new URLSearchParams({ ...form, ...birth }),
      redirect: 'manual',
    })
    expect(back.headers.get('location')).toBe('https://p.example/return')
    const stripeAccount = account.id
    const capability: Stripe.Capability = await stripe.accounts.retrieveCapability(
      stripeAccount,
      'card_payments',
    )
    expect([capability.status, (await stripe.accounts.retrieve(stripeAccount)).charges_enabled]).toEqual([
      'active',
      true,
    ])

    // Charge, capture, refund.
    const pay = (params: Partial<Stripe.PaymentIntentCreateParams>): Promise<Stripe.PaymentIntent> =>
      stripe.paymentIntents.create(
        {
          amount: 20_000,
          currency: 'usd',
          confirm: true,
          payment_method: 'pm_card_bypassPending',
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          ...params,
        },
        { stripeAccount },
      )
    const paid = await pay({ application_fee_amount: 1000 })
    const held = await pay({ amount: 5000, capture_method: 'manual' })
    const taken = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 4000 }, { stripeAccount })
    expect([paid.status, held.status, taken.amount_received]).toEqual(['succeeded', 'requires_capture', 4000])
    const refund: Stripe.Refund = await stripe.refunds.create(
      { payment_intent: paid.id, amount: 2500, refund_application_fee: true },
      { stripeAccount },
    )
    const fees: Stripe.ApplicationFee[] = await stripe.applicationFees.list().autoPagingToArray({ limit: 10 })
    expect([refund.status, fees.map(({ amount_refunded: returned }) => returned)]).toEqual([
      'succeeded',
      [125],
    ])

    // Open and win a dispute.
    await pay({ amount: 3000, payment_method: 'pm_card_createDispute' })
    const [dispute]: Stripe.Dispute[] = (await stripe.disputes.list({}, { stripeAccount })).data
    const evidence = { uncategorized_text: 'winning_evidence' }
    const won = await stripe.disputes.update(dispute?.id ?? '', { evidence, submit: true }, { stripeAccount })
    expect([dispute?.status, won.status]).toEqual(['needs_response', 'won'])

    // Pay out and reverse.
    const payout: Stripe.Payout = await stripe.payouts.create(
      { amount: 1000, currency: 'usd' },
      { stripeAccount },
    )
    const undone = await stripe.payouts.create({ amount: 500, currency: 'usd' }, { stripeAccount })
    expect((await stripe.payouts.cancel(undone.id, {}, { stripeAccount })).status).toBe('canceled')
    await control('/_sim/clock', { advance_s: 5 * 86_400 })
    expect((await stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).status).toBe('paid')
    const balance: Stripe.Balance = await stripe.balance.retrieve({}, { stripeAccount })
    expect(balance.available).toMatchObject([{ currency: 'usd', amount: expect.any(Number) }])

    // Refusals.
    expect(await failure(pay({ payment_method: 'pm_card_chargeDeclined' }))).toBeInstanceOf(
      Stripe.errors.StripeCardError,
    )
    for (const call of [
      stripe.paymentIntents.create({ amount: 1000, currency: 'usd', application_fee_amount: 100 }),
      stripe.refunds.create({ payment_intent: paid.id, amount: 999_999 }, { stripeAccount }),
      stripe.payouts.create({ amount: 99_999_999, currency: 'usd' }, { stripeAccount }),
      stripe.payouts.cancel(payout.id, {}, { stripeAccount }),
      stripe.accountLinks.create({ account: stripeAccount, type: 'account_update' }),
    ])
      // oxlint-disable-next-line no-await-in-loop
      expect(await failure(call)).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError)
    for (const call of [
      stripe.accounts.update(stripeAccount, { individual: { first_name: 'Eve' } }),
      stripe.paymentIntents.list({}, { stripeAccount: 'acct_of_somebody' }),
    ])
      // oxlint-disable-next-line no-await-in-loop
      expect(await failure(call)).toBeInstanceOf(Stripe.errors.StripePermissionError)

    // The events, as stripe-node's discriminated union.
    await expect.poll(() => events.map(({ type }) => type)).toContain('payout.paid')
    for (const event of events) {
      if (event.type === 'payout.paid') expect(event.data.object.id).toBe(payout.id)
      if (event.type === 'charge.dispute.closed') expect(event.data.object.status).toBe('won')
      if (event.type === 'payment_intent.payment_failed')
        expect(event.data.object.last_payment_error?.code).toBe('card_declined')
      expect(event.account).toBe(stripeAccount)
    }
  } finally {
    await simulator.close()
    receiver.close()
  }
})
