/** The account holder's redirects to Stripe's form and back, one request at a time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signToken } from '../../src/onboarding/return-token.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let account: string
/** The shared clock of Gatehouse and Stripe is ahead by this, in ms. */
let clockOffset = 0
const now = () => Date.now() + clockOffset

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  clockOffset = 0
  await database.clear()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
  const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
  account = created.body['id']
  await gatehouse.settle()
})

const RETURN_TO = 'https://app.example.com/payments?tab=1#top'

async function newLink(): Promise<string> {
  const { body } = await gatehouse.call('POST', `/v1/accounts/${account}/onboarding_links`, {
    body: { return_to: RETURN_TO },
  })
  return body['url']
}

/** Requests an address of Stripe or of Gatehouse as a browser would, without following redirects. */
function visit(url: string, form?: Record<string, string>): Promise<Response> {
  const request = new Request(url, {
    redirect: 'manual',
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  return url.startsWith(STRIPE_URL) ? gatehouse.simulator.fetch(request) : gatehouse.fetch(request)
}

async function redirectOf(response: Response): Promise<string> {
  expect(response.status, await response.clone().text()).toBe(303)
  return response.headers.get('location') ?? ''
}

const SUBMITTED_FORM = {
  action: 'submit',
  first_name: 'Jenny',
  last_name: 'Rosen',
  email: 'jenny@example.com',
  account_number: '000123456789',
  dob_day: '1',
  dob_month: '1',
  dob_year: '1901',
}

/** Submits or leaves the form. Resolves to Gatehouse's return address, not visited yet. */
async function returnUrlAfter(form: Record<string, string>): Promise<string> {
  const link = await newLink()
  await visit(link)
  return redirectOf(await visit(link, form))
}

/** Uses a link twice. Resolves to Gatehouse's refresh address, not visited yet. */
async function refreshUrl(): Promise<string> {
  const link = await newLink()
  await visit(link)
  return redirectOf(await visit(link))
}

const stateOf = async () => (await gatehouse.call('GET', `/v1/accounts/${account}`)).body['state']
const move = (move: string) => gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move })

describe('the return address', () => {
  it('redirects to return_to with the onboarding state that Stripe reports', async () => {
    const left = await redirectOf(await visit(await returnUrlAfter({ action: 'later' })))
    expect(left).toBe(`https://app.example.com/payments?tab=1&account=${account}&onboarding=started#top`)
    const submitted = await redirectOf(await visit(await returnUrlAfter(SUBMITTED_FORM)))
    expect(new URL(submitted).searchParams.get('onboarding')).toBe('in_review')
    await gatehouse.simulator.advance(10)
    await gatehouse.settle()
    const url = await returnUrlAfter({ action: 'later' })
    expect(new URL(await redirectOf(await visit(url))).searchParams.get('onboarding')).toBe('enabled')
  })

  it('reports the fetched state although the events of the same second arrive during the fetch', async () => {
    let delivers = false
    gatehouse = await startGatehouse(database, {
      now,
      simulator: { now },
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        const answer = await next(request)
        if (delivers && request.method === 'GET' && request.url.includes('/v1/accounts/')) {
          delivers = false
          await gatehouse.simulator.settle()
        }
        return answer
      },
    })
    const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-2' } })
    account = created.body['id']
    await gatehouse.settle()
    const url = await returnUrlAfter(SUBMITTED_FORM)
    delivers = true
    const found = new URL(await redirectOf(await visit(url))).searchParams.get('onboarding')
    await gatehouse.settle()
    expect({ delivers, found }).toEqual({ delivers: false, found: 'in_review' })
  })

  it('reports started if the holder never opened the form', async () => {
    const returned = (await refreshUrl()).replace('/refresh', '/return')
    expect(new URL(await redirectOf(await visit(returned))).searchParams.get('onboarding')).toBe('started')
  })

  it('redirects with the stored state if Stripe does not answer', async () => {
    const url = await returnUrlAfter(SUBMITTED_FORM)
    await gatehouse.sim('POST', '/_sim/faults', { route: 'GET /v1/accounts/:id', reset: true, times: 9 })
    expect(new URL(await redirectOf(await visit(url))).searchParams.get('onboarding')).toBe('started')
  })

  it('shows a page if the token is a day old', async () => {
    const url = await returnUrlAfter({ action: 'later' })
    clockOffset += 86_400_000
    const page = await visit(url)
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('This link is no longer valid')
  })

  it('shows a page if its origin is no longer allowed', async () => {
    const url = await returnUrlAfter({ action: 'later' })
    gatehouse = await startGatehouse(database, { now, environment: { RETURN_ORIGINS: '' } })
    expect((await visit(url)).status).toBe(410)
  })

  it('shows a page if the account is unknown, and so does the refresh address', async () => {
    const token = await signToken(
      { account: 'acct_foreign', returnTo: RETURN_TO, bounces: 0 },
      gatehouse.config,
      now(),
    )
    const answers = await Promise.all(
      ['return', 'refresh'].map((end) => visit(`${gatehouse.config.publicUrl}/onboarding/${token}/${end}`)),
    )
    expect(answers.map(({ status }) => status)).toEqual([410, 410])
  })

  it('is not cached, and sends no referrer', async () => {
    const { headers } = await visit(await returnUrlAfter({ action: 'later' }))
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('the refresh address', () => {
  it('redirects the holder of a used link to a new one', async () => {
    const fresh = await redirectOf(await visit(await refreshUrl()))
    const form = await visit(fresh)
    expect(form.status).toBe(200)
    expect(await form.text()).toContain('Save for later')
  })

  it.for([
    ['rejected', () => move('rejected'), 'Stripe has rejected this account'],
    [
      'disconnected',
      () => gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`),
      'no longer connected to this platform',
    ],
  ] as const)('shows a page, not a redirect loop, if the account is %s', async ([, change, text]) => {
    const url = await refreshUrl()
    await change()
    const page = await visit(url)
    expect(page.status).toBe(409)
    const shown = await page.text()
    expect(shown).toContain(text)
    expect(shown).toContain('Back to app.example.com')
  })

  it('shows a page if the account has unsupported controller properties', async () => {
    const made = await gatehouse.simulator.fetch(
      new Request(`${STRIPE_URL}/v1/accounts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gatehouse.config.stripe.secretKey}` },
        body: new URLSearchParams({ type: 'express' }),
      }),
    )
    const { id } = (await made.json()) as { id: string }
    await gatehouse.settle()
    const token = await signToken({ account: id, returnTo: RETURN_TO, bounces: 0 }, gatehouse.config, now())
    const page = await visit(`${gatehouse.config.publicUrl}/onboarding/${token}/refresh`)
    expect(page.status).toBe(409)
    expect(await page.text()).toContain('set up in a way this platform cannot work with')
  })

  it('shows a page without a retry if Stripe refuses a new link', async () => {
    const url = await refreshUrl()
    const fault = { route: 'POST /v1/account_links', status: 400, message: 'Complete your profile.' }
    await gatehouse.sim('POST', '/_sim/faults', fault)
    const page = await visit(url)
    expect(page.status).toBe(409)
    const text = await page.text()
    expect(text).toContain('Stripe refuses to open its form')
    expect(text).not.toContain('Try again')
    expect(text).not.toContain('Complete your profile')
    expect(text).toContain('Back to app.example.com')
  })

  it('redirects the holder of a rejected account to their appeal', async () => {
    const url = await refreshUrl()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await move('rejected_with_appeal')
    const form = await visit(await redirectOf(await visit(url)))
    expect(await form.text()).toContain('rejection appeal form')
  })

  it('shows a page after four bounces and works again a minute later', async () => {
    let url = await refreshUrl()
    let bounces = 0
    let answer = await visit(url)
    while (answer.status === 303 && bounces < 20) {
      const link = await redirectOf(answer)
      await visit(link)
      url = await redirectOf(await visit(link))
      answer = await visit(url)
      bounces += 1
    }
    expect(bounces).toBe(4)
    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('Stripe sent you back several times')
    clockOffset += 60_000
    expect((await visit(url)).status).toBe(303)
  })

  it('shows a page with a retry if Stripe does not answer', async () => {
    const url = await refreshUrl()
    await gatehouse.sim('POST', '/_sim/faults', { route: '*', reset: true, times: 9 })
    const page = await visit(url)
    expect(page.status).toBe(503)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('Try again')
    await gatehouse.sim('DELETE', '/_sim/faults')
    expect((await visit(url)).status).toBe(303)
  })

  it('shows a page with Retry-After if it is visited too often', async () => {
    const url = await refreshUrl()
    const limited = await startGatehouse(database, {
      now,
      limiter: { limit: async () => ({ success: false }) },
    })
    const page = await limited.fetch(new Request(url))
    expect(page.status).toBe(429)
    expect(page.headers.get('retry-after')).toBe('60')
    expect(await page.text()).toContain('Wait a minute')
  })

  it('records the start of onboarding if the first link was never recorded', async () => {
    const token = await signToken({ account, returnTo: RETURN_TO, bounces: 0 }, gatehouse.config, now())
    await visit(`${gatehouse.config.publicUrl}/onboarding/${token}/refresh`)
    expect(await stateOf()).toMatchObject({ onboarding: 'started' })
  })
})
