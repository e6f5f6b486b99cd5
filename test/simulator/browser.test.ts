import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedSimulator, serveSimulator } from '../../dev/stripe/serve.ts'

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

/** Runs in the page: an element's text, or its labels'. */
const LABEL =
  'element => [element.textContent, ...[...(element.labels ?? [])].map(({ textContent }) => textContent)].join("").trim()'

/** What a person does, found by the words a person (or a screen reader) finds it by. */
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

  it('onboards with the keyboard alone, after a mistake', async () => {
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
    await expect.poll(() => alert.textContent()).toContain('A last name is needed.')
    await alert.getByRole('link', { name: 'A last name is needed.' }).press('Enter')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByRole('button', { name: 'Agree and submit' }).press('Enter')
    await page.waitForURL(`**/accounts/${id}`)
    expect((await stripe.accounts.retrieve(id)).charges_enabled).toBe(true)
    await page.goto(link.url)
    expect(page.url()).toBe(`${simulator.url}/events`)
  })

  it('pays, is declined, authenticates and comes back to the shop', async () => {
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

  it('plays Stripe: asks for a document, lets the deadline pass, and sees the account restricted', async () => {
    await page.goto(simulator.url)
    await page
      .getByRole('link', { name: /^acct_/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'for a document within two weeks' }).click()
    await expect.poll(() => page.locator('.badge').first().textContent()).toBe('restricted soon')
    await page.getByRole('link', { name: 'Accounts' }).click()
    for (let week = 0; week < 2; week++) await page.getByRole('button', { name: '+1 week' }).click()
    await expect.poll(() => page.locator('.badge').first().textContent()).toBe('restricted')
  })

  it('needs nothing from anywhere else', () => {
    expect(new Set(requested)).toEqual(new Set([simulator.url]))
  })

  it('names every field and button, and has one heading of the first rank', async () => {
    const [account] = (await stripe.accounts.list()).data
    for (const path of ['/', `/accounts/${account?.id}`, '/events', '/deliveries', '/requests']) {
      await page.goto(simulator.url + path)
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
      for (const control of await page.locator('button, a[href], input:not([type=hidden]), select').all()) {
        const label = await control.evaluate(LABEL)
        expect(label, path).not.toBe('')
      }
    }
  })
})
