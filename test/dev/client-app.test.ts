/** The example client app while the API refuses every call. */
import { expect, it } from 'vitest'
import { createClientApp } from '../../dev/client/app.ts'
import { gatehouse } from '../../src/client.ts'

const ORIGIN = 'http://127.0.0.1:8788'
const unavailable = () =>
  Promise.resolve(Response.json({ code: 'storage_unavailable', detail: 'Not now.' }, { status: 503 }))
const app = createClientApp({
  api: gatehouse({ url: 'http://gatehouse.test', key: 'gk_test_1', fetch: unavailable }),
  origin: ORIGIN,
  onboardingOrigins: [],
  simulator: null,
})
const openShop = (name: string, from = ORIGIN) =>
  app.request(`${from}/shops`, {
    method: 'POST',
    headers: { origin: from, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name, key: crypto.randomUUID() }),
  })

it('a request to another host name is redirected to the app’s origin', async () => {
  const response = await app.request('http://localhost:8788/shops/acct_1?a=b')
  expect([response.status, response.headers.get('location')]).toEqual([303, `${ORIGIN}/shops/acct_1?a=b`])
})

it('an invalid shop name gets an error about the name, not about the API', async () => {
  const response = await openShop('  ')
  const page = await response.text()
  expect(response.status).toBe(422)
  expect(page).toContain('1 to 100 characters')
  expect(page).not.toContain('did not answer')
})

it.each([
  ['listing the shops', () => app.request(`${ORIGIN}/`)],
  ['opening a shop', () => openShop('Bakery')],
])('a refusal of %s does not show an empty list of shops', async (_, request) => {
  const page = await (await request()).text()
  expect(page).toContain('Not now.')
  expect(page).not.toContain('There is no shop')
})
