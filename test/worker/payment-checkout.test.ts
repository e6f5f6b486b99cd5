/** A customer pays on Stripe's hosted page in a browser; the Worker learns of it from webhooks alone. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, launchBrowser } from '../support/browser.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { AN_ORDER } from '../support/merchant.ts'
import { startWorker, type Answer, type RunningWorker } from '../support/worker.ts'

describeInBrowser('a customer', () => {
  let database: TestDatabase
  let worker: RunningWorker
  let browser: Browser
  let page: Page
  let account: string

  beforeAll(async () => {
    database = await startDatabase()
    worker = await startWorker(database)
    browser = await launchBrowser()
    page = await browser.newPage()
    // Stands in for the shop's page.
    await page.route('https://app.example.com/**', (route) => route.fulfill({ body: 'Thank you!' }))
    const created = await worker.call('POST', '/v1/accounts', {
      body: { external_id: 'tea-shop', country: 'US', fee_policy: { bps: 250, fixed: 30 } },
    })
    account = created.body['id']
    await worker.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await worker.eventually(
      () => worker.call('GET', `/v1/accounts/${account}`),
      ({ body }) => body['state'].charges === 'active',
    )
  })
  afterAll(async () => {
    await browser?.close()
    await worker?.stop()
    await database?.stop()
  })

  const checkout = () => worker.call('POST', `/v1/accounts/${account}/checkout_sessions`, { body: AN_ORDER })
  const payments = () => worker.call('GET', `/v1/accounts/${account}/payments`)
  const paidIn = (session: Answer) => (list: Answer) =>
    list.body['data'].some(
      (payment: Record<string, unknown>) =>
        payment['checkout_session'] === session.body['id'] &&
        payment['status'] === 'succeeded' &&
        payment['fee'] === 'collected',
    )

  it('pays, and the payment ends succeeded with its fee collected', async () => {
    const session = await checkout()
    expect(session).toMatchObject({ status: 201, body: { account, amount: 3000, currency: 'usd' } })
    expect((await payments()).body['data']).toEqual([])

    await page.goto(session.body['url'])
    await page.getByLabel('Card number').fill('4242424242424242')
    await page.getByRole('button', { name: /^Pay/ }).click()
    await page.waitForURL(`https://app.example.com/thanks?session=${session.body['id']}`)

    const list = await worker.eventually(payments, paidIn(session))
    expect(list.body['data']).toMatchObject([
      {
        status: 'succeeded',
        amount: 3000,
        amount_captured: 3000,
        application_fee_amount: 105,
        fee: 'collected',
        checkout_session: session.body['id'],
      },
    ])
  })

  it('pays once after a decline, with another card and the bank’s authentication', async () => {
    const session = await checkout()
    await page.goto(session.body['url'])
    await page.getByLabel('Card number').fill('4000000000009995')
    await page.getByRole('button', { name: /^Pay/ }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('insufficient funds')

    await page.getByLabel('Card number').fill('4000002760003184')
    await page.getByRole('button', { name: /^Pay/ }).click()
    await page.getByRole('button', { name: 'Complete authentication' }).click()
    await page.waitForURL(/app\.example\.com\/thanks/)

    const list = await worker.eventually(payments, paidIn(session))
    const ofSession = list.body['data'].filter(
      (payment: Record<string, unknown>) => payment['checkout_session'] === session.body['id'],
    )
    expect(ofSession).toMatchObject([{ status: 'succeeded', amount_captured: 3000, fee: 'collected' }])
  })
})
