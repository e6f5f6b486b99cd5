/** What the example client app says when something is wrong, while the API is away. */
import { expect, it } from 'vitest'
import { createClientApp } from '../../dev/client/app.ts'
import { gatehouse } from '../../src/client.ts'

const ORIGIN = 'http://127.0.0.1:8788'
const away = () =>
  Promise.resolve(Response.json({ code: 'storage_unavailable', detail: 'Not now.' }, { status: 503 }))
const app = createClientApp({
  api: gatehouse({ url: 'http://gatehouse.test', key: 'gk_test_1', fetch: away }),
  origin: ORIGIN,
  leadsTo: [],
  simulator: null,
})
const open = (name: string, from = ORIGIN) =>
  app.request(`${from}/shops`, {
    method: 'POST',
    headers: { origin: from, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name, key: crypto.randomUUID() }),
  })

it('sends whoever came by another name of this machine to the one its forms go by', async () => {
  const answer = await app.request('http://localhost:8788/shops/acct_1?a=b')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${ORIGIN}/shops/acct_1?a=b`])
})

it('says what is wrong with a name, not that the API is away', async () => {
  const answer = await open('  ')
  const page = await answer.text()
  expect(answer.status).toBe(422)
  expect(page).toContain('1 to 100 characters')
  expect(page).not.toContain('did not answer')
})

it.each([
  ['lists', () => app.request(`${ORIGIN}/`)],
  ['opens', () => open('Bakery')],
])('does not say that there is no shop when it is refused what it %s', async (_, ask) => {
  const page = await (await ask()).text()
  expect(page).toContain('Not now.')
  expect(page).not.toContain('There is no shop')
})
