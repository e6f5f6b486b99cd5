import { describe, expect, it } from 'vitest'
import { type TestSimulator, testSimulator } from './test-simulator.ts'

describe("the simulator's pages", () => {
  it('each page shows its data and loads no external asset', async () => {
    const { stripe, enabledAccount, payment, request, simulator } = testSimulator()
    const { id } = await enabledAccount()
    await payment(id, { application_fee_amount: 100 })
    await simulator.settle()
    const [event = { id: '' }] = (
      await stripe.events.list({ type: 'charge.succeeded' }, { stripeAccount: id })
    ).data
    for (const [path, shows] of [
      ['/', id],
      [`/accounts/${id}`, 'changes the bank account'],
      ['/events', 'application_fee.created'],
      [`/events?account=${id}`, 'charge.succeeded'],
      [`/events/${event.id}`, 'Send again'],
      ['/deliveries', 'https://app.test/connect'],
      ['/requests', '/v1/payment_intents'],
    ] as const) {
      const response = await request(path)
      expect([path, response.status]).toEqual([path, 200])
      const html = await response.text()
      expect(html).toContain(shows)
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
      expect(html).toContain('<html lang="en">')
    }
  })

  it('a button calls its control and redirects back', async () => {
    const { stripe, enabledAccount, request, types } = testSimulator()
    const { id } = await enabledAccount()
    const html = await (await request(`/accounts/${id}`)).text()
    expect(html).toContain(`value="/_sim/accounts/${id}/move"`)
    const pressButton = (fields: Record<string, string>) =>
      request('/play', { method: 'POST', body: new URLSearchParams({ back: `/accounts/${id}`, ...fields }) })
    const pressed = await pressButton({
      control: `/_sim/accounts/${id}/move`,
      body: '{"move":"under_review"}',
    })
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/accounts/${id}`])
    expect((await stripe.accounts.retrieve(id)).requirements?.disabled_reason).toBe('under_review')
    expect(await types()).toContain('account.updated')
    const wrong = await pressButton({ control: `/_sim/accounts/${id}/move`, body: '{"move":"sideways"}' })
    expect([wrong.status, (await wrong.text()).includes('That did not work')]).toEqual([400, true])
    expect((await pressButton({ control: '/v1/accounts' })).status).toBe(400)
    const elsewhere = await pressButton({ control: '/_sim/settle', back: '//evil.example' })
    expect(elsewhere.headers.get('location')).toBe('/')
  })

  it('every button works in every state that shows it', async () => {
    const pressed = new Set<string>()
    for (const [state, prepare] of Object.entries(STATES)) {
      const [{ request }, account] = await prepared(prepare)
      const elsewhere = state === 'enabled' ? ['/', '/deliveries', '/requests'] : []
      for (const back of [`/accounts/${account}`, ...elsewhere]) {
        for (const { label, ...button } of buttonsOf(await (await request(back)).text())) {
          // Each button gets a new world in the same state, since a button can remove other buttons.
          const [b] = await prepared(prepare)
          const body = new URLSearchParams({ ...button, back })
          const response = await b.request('/play', { method: 'POST', body })
          expect([state, label, response.status]).toEqual([state, label, 303])
          pressed.add(label)
        }
      }
    }
    expect(pressed.size).toBeGreaterThan(50)
  })

  it('another site cannot use the buttons or controls', async () => {
    const { request } = testSimulator()
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await request('/_sim/reset', { method: 'POST', headers })).status).toBe(403)
    expect((await request('/play', { method: 'POST', headers, body: new URLSearchParams() })).status).toBe(
      403,
    )
  })

  it('account data is escaped', async () => {
    const { stripe, request } = testSimulator()
    const { id } = await stripe.accounts.create({ email: '<script>alert(1)</script>' })
    for (const path of ['/', `/accounts/${id}`])
      expect(await (await request(path)).text()).not.toContain('<script>alert')
  })
})

/** The states of an account, with the calls that create them. */
const STATES: Record<string, (b: TestSimulator, account: string) => Promise<unknown>> = {
  new: async () => {},
  enabled: onboarded,
  'past due': async (b, id) => {
    await onboarded(b, id)
    await b.control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_past_due' })
  },
  rejected: async (b, id) => b.control(`POST /_sim/accounts/${id}/onboard`, { outcome: 'rejected' }),
  disconnected: async (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
  paid: async (b, id) => {
    await onboarded(b, id)
    await b.payment(id)
    await b.payment(id, { payment_method: 'pm_usBankAccount_success' })
    await b.payment(id, {
      payment_method: 'pm_card_authenticationRequired',
      automatic_payment_methods: { enabled: true },
      return_url: 'https://p.example',
    })
    await b.stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { stripeAccount: id })
  },
  'refunded, disputed and under inquiry': async (b, id) => {
    await onboarded(b, id)
    const { id: refunded } = await b.payment(id)
    await b.stripe.refunds.create({ payment_intent: refunded, amount: 500 }, { stripeAccount: id })
    await b.payment(id, { payment_method: 'pm_card_createDispute' })
    await b.payment(id, { payment_method: 'pm_card_createDisputeInquiry' })
  },
  'paid out': async (b, id) => {
    await onboarded(b, id)
    await b.payment(id, { payment_method: 'pm_card_bypassPending' })
    for (const status of [null, 'in_transit', 'paid']) {
      // oxlint-disable-next-line no-await-in-loop
      const payout = await b.stripe.payouts.create({ amount: 1000, currency: 'usd' }, { stripeAccount: id })
      // oxlint-disable-next-line no-await-in-loop
      if (status !== null) await b.control(`POST /_sim/payouts/${payout.id}`, { status })
    }
  },
}

async function onboarded(b: TestSimulator, account: string): Promise<void> {
  await b.control(`POST /_sim/accounts/${account}/onboard`)
}

async function prepared(
  prepare: (b: TestSimulator, account: string) => Promise<unknown>,
): Promise<[TestSimulator, string]> {
  const b = testSimulator()
  const { id } = await b.stripe.accounts.create({ country: 'US' })
  await prepare(b, id)
  await b.simulator.settle()
  return [b, id]
}

function buttonsOf(page: string): { label: string; control: string; body: string }[] {
  const forms = page.matchAll(/<form method="post" action="\/play">([\s\S]*?)<\/form>/g)
  return Array.from(forms, ([, form = '']) => ({
    label: /<button[^>]*>([^<]*)</.exec(form)?.[1] ?? '',
    control: valueOf(form, 'control'),
    body: valueOf(form, 'body').replaceAll('&quot;', '"'),
  }))
}

function valueOf(form: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(form)?.[1] ?? ''
}
