import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright-core'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedSimulator, serveSimulator } from '../src/serve.ts'

const executablePath = '/usr/bin/chromium'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Runs in the page and returns the text or label of each control. */
const LABELS = `[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select')].map((element) =>
  [element.textContent, ...[...(element.labels ?? [])].map(({ textContent }) => textContent)].join('').trim())`

/** Elements are found by their labels, as a person or a screen reader finds them. */
describe.skipIf(!existsSync(executablePath))('in a browser', () => {
  let simulator: ServedSimulator
  let stripe: Stripe
  let browser: Browser
  let page: Page
  const requested: string[] = []

  beforeAll(async () => {
    simulator = await serveSimulator({ port: 0 })
    const { hostname, port } = new URL(simulator.url)
    stripe = new Stripe('sk_test_browser', {
      host: hostname,
      port: Number(port),
      protocol: 'http',
      telemetry: false,
    })
    browser = await chromium.launch({ executablePath, args })
    page = await browser.newPage()
    page.setDefaultTimeout(5000)
    page.on('request', (request) => requested.push(new URL(request.url()).origin))
  })
  afterAll(async () => {
    await browser.close()
    await simulator.close()
  })

  it('a holder onboards with the keyboard alone and corrects a mistake', async () => {
    const { id } = await stripe.accounts.create({})
    const link = await stripe.accountLinks.create({
      account: id,
      type: 'account_onboarding',
      refresh_url: `${simulator.url}/events`,
      return_url: `${simulator.url}/accounts/${id}`,
    })
    await page.goto(link.url)
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Day').fill('1')
    await page.getByLabel('Month').fill('1')
    await page.getByLabel('Year').fill('1902')
    await page.getByLabel('Year').press('Enter')
    const alert = page.getByRole('alert')
    await expect.poll(() => alert.textContent()).toContain('A last name is required.')
    await alert.getByRole('link', { name: 'A last name is required.' }).press('Enter')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByRole('button', { name: 'Agree and submit' }).press('Enter')
    await page.waitForURL(`**/accounts/${id}`)
    expect((await stripe.accounts.retrieve(id)).charges_enabled).toBe(true)
    await page.goto(link.url)
    expect(page.url()).toBe(`${simulator.url}/events`)
  })

  it('a buyer is declined, authenticates with another card and returns to the shop', async () => {
    const [account] = (await stripe.accounts.list()).data
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [
          {
            quantity: 1,
            price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Engine' } },
          },
        ],
        success_url: `${simulator.url}/requests`,
      },
      { stripeAccount: account?.id ?? '' },
    )
    await page.goto(session.url ?? '')
    await page.getByLabel('Card number').fill('4000 0000 0000 9995')
    await page.getByRole('button', { name: 'Pay $15.00 usd' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('insufficient funds')
    await page.getByLabel('Card number').fill('4000 0027 6000 3184')
    await page.getByRole('button', { name: 'Pay $15.00 usd' }).click()
    await page.getByRole('button', { name: 'Complete authentication' }).click()
    await page.waitForURL('**/requests')
  })

  it('the buttons require a document, and the account becomes restricted after the deadline', async () => {
    await page.goto(simulator.url)
    await page
      .getByRole('link', { name: /^acct_/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'a document within two weeks' }).click()
    await expect.poll(() => page.locator('.badge').first().textContent()).toBe('restricted soon')
    await page.getByRole('link', { name: 'Accounts' }).click()
    for (let week = 0; week < 2; week++) await page.getByRole('button', { name: '+1 week' }).click()
    await expect.poll(() => page.locator('.badge').first().textContent()).toBe('restricted')
  })

  it('the buttons win a dispute, fail a payout, and hold and send webhooks', async () => {
    const receiver = createServer((_, response) => void response.end('ok')).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const address = receiver.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`
    try {
      await stripe.webhookEndpoints.create({ url, connect: true, enabled_events: ['*'] })
      await page.goto(simulator.url)
      await page.getByRole('button', { name: 'enabled', exact: true }).click()
      await page
        .getByRole('link', { name: /^acct_/ })
        .first()
        .click()
      const stripeAccount = (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
      await stripe.paymentIntents.create(
        {
          amount: 9000,
          currency: 'usd',
          confirm: true,
          payment_method: 'pm_card_bypassPending',
          return_url: 'https://p.example',
        },
        { stripeAccount },
      )
      await fetch(`${simulator.url}/_sim/clock`, { method: 'POST', body: '{"advance_s":1}' })
      const { id } = await stripe.payouts.create({ amount: 1000, currency: 'usd' }, { stripeAccount })

      await page.goto(`${simulator.url}/deliveries`)
      await page.getByRole('button', { name: 'Hold all deliveries' }).click()
      await page.goto(`${simulator.url}/accounts/${stripeAccount}`)
      await page.getByRole('button', { name: 'Dispute', exact: true }).click()
      await page.getByRole('button', { name: 'won' }).click()
      await expect.poll(() => page.getByRole('row', { name: /^pi_/ }).textContent()).toContain('dispute won')
      await page.getByRole('row', { name: /^po_/ }).getByRole('button', { name: 'failed' }).click()
      await expect
        .poll(() => page.getByRole('row', { name: /^po_/ }).textContent())
        .toContain('could_not_process')
      expect((await stripe.payouts.retrieve(id, {}, { stripeAccount })).status).toBe('failed')

      await page.goto(`${simulator.url}/deliveries`)
      const failedPayout = page.getByRole('row', { name: /^payout\.failed/ })
      expect(await failedPayout.textContent()).toContain('waiting')
      await page.getByRole('button', { name: 'Send the held deliveries', exact: true }).click()
      await expect.poll(() => failedPayout.textContent()).toContain('delivered 200')
      await page.getByRole('button', { name: 'Stop holding' }).click()
    } finally {
      receiver.close()
    }
  })

  it('the pages load nothing from other hosts', () => {
    expect(new Set(requested)).toEqual(new Set([simulator.url]))
  })

  it('every field and button has a label, and every page has one h1', async () => {
    const [account] = (await stripe.accounts.list()).data
    for (const path of ['/', `/accounts/${account?.id}`, '/events', '/deliveries', '/requests']) {
      await page.goto(simulator.url + path)
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
      const labels: string[] = await page.evaluate(LABELS)
      expect([path, labels.length > 0, labels.filter((label) => label === '')]).toEqual([path, true, []])
    }
  })
})
