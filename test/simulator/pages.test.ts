import { describe, expect, it } from 'vitest'
import { bench } from './bench.ts'

describe('the page on which a person plays Stripe', () => {
  it('shows accounts, one account, events, one event, endpoints and requests', async () => {
    const { stripe, enabledAccount, payment, request, simulator } = bench()
    const { id } = await enabledAccount()
    await payment(id, { application_fee_amount: 100 })
    await simulator.settle()
    const [event = { id: '' }] = (
      await stripe.events.list({ type: 'charge.succeeded' }, { stripeAccount: id })
    ).data
    for (const [path, shows] of [
      ['/', id],
      [`/accounts/${id}`, 'Changes the bank account'],
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

  it('presses the control that a button names, and comes back', async () => {
    const { stripe, enabledAccount, request, types } = bench()
    const { id } = await enabledAccount()
    const html = await (await request(`/accounts/${id}`)).text()
    expect(html).toContain(`value="/_sim/accounts/${id}/move"`)
    const press = (fields: Record<string, string>) =>
      request('/play', { method: 'POST', body: new URLSearchParams({ back: `/accounts/${id}`, ...fields }) })
    const pressed = await press({ control: `/_sim/accounts/${id}/move`, body: '{"move":"under_review"}' })
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/accounts/${id}`])
    expect((await stripe.accounts.retrieve(id)).requirements?.disabled_reason).toBe('under_review')
    expect(await types()).toContain('account.updated')
    const wrong = await press({ control: `/_sim/accounts/${id}/move`, body: '{"move":"sideways"}' })
    expect([wrong.status, (await wrong.text()).includes('That did not work')]).toEqual([400, true])
    expect((await press({ control: '/v1/accounts' })).status).toBe(400)
    const elsewhere = await press({ control: '/_sim/settle', back: '//evil.example' })
    expect(elsewhere.headers.get('location')).toBe('/')
  })

  it('lets no other site press anything', async () => {
    const { request } = bench()
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await request('/_sim/reset', { method: 'POST', headers })).status).toBe(403)
    expect((await request('/play', { method: 'POST', headers, body: new URLSearchParams() })).status).toBe(
      403,
    )
  })

  it('writes what an account says of itself as text', async () => {
    const { stripe, request } = bench()
    const { id } = await stripe.accounts.create({ email: '<script>alert(1)</script>' })
    for (const path of ['/', `/accounts/${id}`])
      expect(await (await request(path)).text()).not.toContain('<script>alert')
  })
})
