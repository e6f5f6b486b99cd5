/** An account holder goes through onboarding in a real browser: from the client app to Stripe's form and back. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { serveClient, type ServedClient } from '../../dev/client/serve.ts'
import { describeInBrowser, launchBrowser } from '../support/browser.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'

describeInBrowser('onboarding in a browser', () => {
  let database: TestDatabase
  let worker: RunningWorker
  let client: ServedClient
  let origin: string
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    database = await startDatabase()
    worker = await startWorker(database, {
      environment: { RETURN_ORIGINS: origin },
      // Keeps the account in review until the test moves it, however slow the machine.
      simulator: { switches: { verification_delay_s: 3_600 } },
    })
    client = await serveClient({ port, url: worker.url, key: worker.key, simulator: worker.simulator.url })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await client?.close()
    await worker?.stop()
    await database?.stop()
  })
  beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    return () => context.close()
  })

  const heading = (name: string) => page.getByRole('heading', { name })
  const press = (name: string) => page.getByRole('button', { name }).click()
  const shopUrl = () => `${origin}/shops/${account()}`
  const account = () => new URL(page.url()).pathname.split('/').at(-1) ?? ''

  async function openShop(name: string): Promise<void> {
    await page.goto(origin)
    await page.getByLabel('Name').fill(name)
    await press('Open shop')
    await heading(name).waitFor()
  }

  async function fillForm(): Promise<void> {
    await page.getByLabel('First name').fill('Jenny')
    await page.getByLabel('Last name').fill('Rosen')
    await page.getByLabel('E-mail address').fill('jenny@example.com')
    await page.getByLabel('Day').fill('1')
    await page.getByLabel('Month').fill('1')
    await page.getByLabel('Year').fill('1901')
    await press('Agree and submit')
  }

  it('leads from the client app through a used link to a submitted form, and the webhook makes the account ready', async () => {
    await openShop('Flowers')
    const shop = shopUrl()
    await heading('Payments are not set up').waitFor()
    await press('Charge $10.00')
    await page.getByRole('alert').getByText('gate_closed').waitFor()

    await page.goto(shop)
    await press('Set up payments')
    await heading('uses Stripe to pay you').waitFor()
    const link = page.url()
    expect(link).toContain(worker.simulator.url)
    await press('Save for later')
    await page.waitForURL((url) => url.searchParams.get('onboarding') === 'started')
    expect(page.url().startsWith(`${shop}?`)).toBe(true)
    await heading('Setup is not finished').waitFor()

    // A link is single use: opened again, it redirects through the refresh address to a new one.
    await page.goto(link)
    await heading('uses Stripe to pay you').waitFor()
    expect(page.url()).not.toBe(link)
    expect(page.url()).toContain(worker.simulator.url)
    await fillForm()
    await page.waitForURL((url) => url.searchParams.get('onboarding') === 'in_review')
    await heading('Stripe is checking your details').waitFor()

    const id = account()
    await worker.sim('POST', `/_sim/accounts/${id}/move`, { move: 'enabled' })
    // The open page follows the webhook without a reload.
    await heading('You can take payments').waitFor()
    expect(await page.locator('[data-onboarding]').getAttribute('data-onboarding')).toBe('enabled')
    const { body } = await worker.call('GET', `/v1/accounts/${id}/history?limit=100`)
    const history = body['data'] as { to: { onboarding: string }; cause: { kind: string } }[]
    const afterReturn = history.slice(
      0,
      history.findIndex(({ cause }) => cause.kind === 'return'),
    )
    expect(afterReturn.at(-1)).toMatchObject({ cause: { kind: 'webhook' } })
    expect(afterReturn[0]).toMatchObject({ to: { onboarding: 'enabled' } })

    await page.goto(shop)
    await press('Charge $10.00')
    await page.getByRole('status').getByText('has succeeded').waitFor()
  })

  it('ends on a page, not in a redirect loop, if Stripe has rejected the account', async () => {
    await openShop('Fireworks')
    const shop = shopUrl()
    const id = account()
    await press('Set up payments')
    await heading('uses Stripe to pay you').waitFor()
    const link = page.url()
    await worker.sim('POST', `/_sim/accounts/${id}/move`, { move: 'rejected' })

    let hops = 0
    page.on('request', (request) => {
      if (request.isNavigationRequest()) hops += 1
    })
    const answer = await page.goto(link)
    expect(answer?.status()).toBe(409)
    expect(page.url()).toContain('/refresh')
    expect(hops).toBeLessThan(5)
    await heading('There is nothing to fill in at the moment').waitFor()
    await page.getByText('Stripe has rejected this account').waitFor()
    await page.getByRole('link', { name: 'Back to' }).click()
    await heading('Stripe has rejected your account').waitFor()
    expect(page.url()).toBe(shop)
    expect(await page.getByRole('button', { name: 'Appeal' }).count()).toBe(0)

    await worker.sim('POST', `/_sim/accounts/${id}/move`, { move: 'rejected_with_appeal' })
    await press('Appeal at Stripe')
    await page.getByRole('button', { name: 'Agree and submit' }).waitFor()
  })

  it('fits a phone and works without JavaScript', async () => {
    await context.close()
    context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const widths: [string, number][] = []
    const measure = async (name: string) => {
      widths.push([name, Number(await page.evaluate('document.documentElement.scrollWidth'))])
    }
    await openShop('Bicycles')
    await measure('the shop')
    const id = account()
    await press('Set up payments')
    await heading('uses Stripe to pay you').waitFor()
    const link = page.url()
    await press('Save for later')
    await heading('Setup is not finished').waitFor()
    expect(new URL(page.url()).searchParams.get('onboarding')).toBe('started')
    await page.goto(link)
    await fillForm()
    await heading('Stripe is checking your details').waitFor()
    await worker.sim('POST', `/_sim/accounts/${id}/move`, { move: 'rejected' })
    await page.goto(link)
    await heading('There is nothing to fill in at the moment').waitFor()
    await measure('the closed gate page')
    await page.goto(`${worker.url}/onboarding/nonsense/return`)
    await heading('This link is no longer valid').waitFor()
    await measure('the expired link page')
    expect(widths.filter(([, width]) => width > 360)).toEqual([])
  })

  it('shows an enabled shop why its payments or payouts are stopped', async () => {
    await openShop('Records')
    const id = account()
    await worker.sim('POST', `/_sim/accounts/${id}/onboard`, { outcome: 'enabled' })
    await heading('You can take payments').waitFor()
    await worker.call('POST', `/v1/accounts/${id}/hold`, { body: { reason: 'looks odd' } })
    await heading('Your account is on hold').waitFor()
    await worker.call('POST', `/v1/accounts/${id}/release`, { body: { reason: 'checked' } })
    const { account: truth } = await worker.sim('GET', `/_sim/accounts/${id}`)
    const [bank] = truth.external_accounts.data
    await worker.sim('POST', `/_sim/accounts/${id}`, {
      external_accounts: [{ id: bank.id, status: 'errored' }],
    })
    await heading('Your payouts do not arrive').waitFor()
    const link = page.getByRole('link', { name: 'Fix this in your Stripe Dashboard' })
    expect(await link.getAttribute('href')).toBe('https://dashboard.stripe.com/')
  })

  it('never makes the browser call the API or receive an API key', async () => {
    const requests: string[] = []
    const responses: string[] = []
    page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
    page.on('response', (response) => {
      void response.text().then(
        (text) => responses.push(text),
        () => {},
      )
    })
    await openShop('Books')
    await press('Set up payments')
    await heading('uses Stripe to pay you').waitFor()
    await press('Save for later')
    await heading('Setup is not finished').waitFor()
    expect(requests.filter((line) => line.includes('/v1/'))).toEqual([])
    expect(responses.join('\n')).not.toMatch(/gk_test_|sk_test_/)
    expect(await context.cookies()).toEqual([])
  })
})
