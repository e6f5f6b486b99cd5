/** The account holder's way to Stripe's form and back, without a browser: each hop by hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toToken } from '../../src/onboarding/token.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let account: string
/** How far the clock that Stripe and we share has been moved, in ms. */
let later = 0
const now = () => Date.now() + later

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  later = 0
  await database.clear()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
  const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
  account = created.body['id']
  await gatehouse.settle()
})

const RETURN_TO = 'https://app.example.com/payments?tab=1#top'

const askForLink = (returnTo = RETURN_TO, idempotencyKey?: string) =>
  gatehouse.call('POST', `/v1/accounts/${account}/onboarding_links`, {
    body: { return_to: returnTo },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })

async function aLink(): Promise<string> {
  return (await askForLink()).body['url']
}

/** One request of a browser's, to Stripe or to us. */
function visit(url: string, form?: Record<string, string>): Promise<Response> {
  const request = new Request(url, {
    redirect: 'manual',
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  return url.startsWith(STRIPE_URL) ? gatehouse.simulator.fetch(request) : gatehouse.fetch(request)
}

async function sentTo(response: Response): Promise<string> {
  expect(response.status, await response.clone().text()).toBe(303)
  return response.headers.get('location') ?? ''
}

const THE_FORM = {
  action: 'submit',
  first_name: 'Jenny',
  last_name: 'Rosen',
  email: 'jenny@example.com',
  account_number: '000123456789',
  dob_day: '1',
  dob_month: '1',
  dob_year: '1901',
}

/** Fills in the form, or leaves it, and comes back as far as our own return address. */
async function throughForm(form: Record<string, string>): Promise<string> {
  const link = await aLink()
  await visit(link)
  return sentTo(await visit(link, form))
}

async function refreshUrl(): Promise<string> {
  const link = await aLink()
  await visit(link)
  return sentTo(await visit(link))
}

const states = async () => (await gatehouse.call('GET', `/v1/accounts/${account}`)).body['state']
const move = (move: string, more: object = {}) =>
  gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move, ...more })

describe('a link', () => {
  it('is minted anew for each request, also for the same one, and is kept nowhere', async () => {
    const [first, second] = [await askForLink(RETURN_TO, 'same'), await askForLink(RETURN_TO, 'same')]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body['url']).not.toBe(first.body['url'])
    const secret = String(first.body['url']).split('/').at(-1)
    const tables = await database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    const rows = await Promise.all(
      tables.map(({ name }) => database.rows(`SELECT * FROM "${name as string}"`)),
    )
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  it('tells when it ends, as Stripe said', async () => {
    const { body } = await askForLink()
    const minutes = (Date.parse(body['expires_at']) - now()) / 60_000
    expect(minutes).toBeGreaterThan(0)
    expect(minutes).toBeLessThan(10)
  })

  it('moves the account from never started to started', async () => {
    expect(await states()).toMatchObject({ onboarding: 'created' })
    await aLink()
    expect(await states()).toMatchObject({ onboarding: 'started' })
  })

  it('is refused where it would lead back to an origin nobody allowed', async () => {
    const answer = await askForLink('https://evil.example/')
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'return_to' }] },
    })
  })

  it('is refused where it is too long to travel, as a browser writes it', async () => {
    const fits = `https://app.example.com/${'a'.repeat(1_976)}`
    expect(new URL(fits).href).toHaveLength(2_000)
    expect((await askForLink(fits)).status).toBe(201)
    expect(await askForLink(`${fits}a`)).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(await askForLink(`https://app.example.com/${'東'.repeat(500)}`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'return_to', message: expect.stringContaining('at most 2000') }] },
    })
  })

  it('is refused with the reason when the account has left and no webhook told', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    expect(await askForLink()).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', gate: 'onboard', blockers: [{ code: 'account_disconnected' }] },
    })
    expect(await states()).toMatchObject({ connection: 'disconnected' })
  })

  it('is refused with another body under the same key', async () => {
    await askForLink(RETURN_TO, 'same')
    const other = await askForLink('https://app.example.com/other', 'same')
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })

  it('is refused for a rejected account, until Stripe opens an appeal', async () => {
    await move('rejected')
    await gatehouse.settle()
    expect(await askForLink()).toMatchObject({
      status: 409,
      body: {
        code: 'gate_closed',
        gate: 'onboard',
        blockers: [{ code: 'account_rejected', actor: 'nobody' }],
      },
    })
    await move('rejected_with_appeal')
    await gatehouse.settle()
    expect(await askForLink()).toMatchObject({ status: 201 })
    expect(await states()).toMatchObject({ onboarding: 'rejected' })
  })
})

describe('the way back', () => {
  it('tells what Stripe says the account is, whatever the visit looked like', async () => {
    const left = await sentTo(await visit(await throughForm({ action: 'later' })))
    expect(left).toBe(`https://app.example.com/payments?tab=1&account=${account}&onboarding=started#top`)
    const submitted = await sentTo(await visit(await throughForm(THE_FORM)))
    expect(new URL(submitted).searchParams.get('onboarding')).toBe('in_review')
    await gatehouse.simulator.advance(10)
    await gatehouse.settle()
    const url = await throughForm({ action: 'later' })
    expect(new URL(await sentTo(await visit(url))).searchParams.get('onboarding')).toBe('enabled')
  })

  it('tells the state that was found although the events of it arrive in the same second, and in between', async () => {
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
    const url = await throughForm(THE_FORM)
    delivers = true
    const found = new URL(await sentTo(await visit(url))).searchParams.get('onboarding')
    await gatehouse.settle()
    expect({ delivers, found }).toEqual({ delivers: false, found: 'in_review' })
  })

  it('proves nothing by itself: who comes back without the form having been opened has only started', async () => {
    const returned = (await refreshUrl()).replace('/refresh', '/return')
    expect(new URL(await sentTo(await visit(returned))).searchParams.get('onboarding')).toBe('started')
  })

  it('leads back although Stripe is away, with what is known', async () => {
    const url = await throughForm(THE_FORM)
    await gatehouse.sim('POST', '/_sim/faults', { route: 'GET /v1/accounts/:id', reset: true, times: 9 })
    expect(new URL(await sentTo(await visit(url))).searchParams.get('onboarding')).toBe('started')
  })

  it('ends on a page when the token is a day old', async () => {
    const url = await throughForm({ action: 'later' })
    later += 86_400_000
    const page = await visit(url)
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('This link is no longer valid')
  })

  it('ends on a page when the origin has been struck off the list', async () => {
    const url = await throughForm({ action: 'later' })
    gatehouse = await startGatehouse(database, { now, environment: { RETURN_ORIGINS: '' } })
    expect((await visit(url)).status).toBe(410)
  })

  it('ends on a page for an account that is not known here', async () => {
    const journey = { account: 'acct_foreign', returnTo: RETURN_TO, turn: 0 }
    const token = await toToken(journey, gatehouse.config, now())
    const urls = ['return', 'refresh'].map(
      (way) => `${gatehouse.config.publicUrl}/onboarding/${token}/${way}`,
    )
    const answers = await Promise.all(urls.map((url) => visit(url)))
    expect(answers.map(({ status }) => status)).toEqual([410, 410])
  })

  it('is for one pair of eyes: not kept, not told on', async () => {
    const { headers } = await visit(await throughForm({ action: 'later' }))
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('a link that was used', () => {
  it('leads through refresh to a new one', async () => {
    const fresh = await sentTo(await visit(await refreshUrl()))
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
  ] as const)('ends on a page, not in a loop, when the account is %s', async ([, happen, words]) => {
    const url = await refreshUrl()
    await happen()
    const page = await visit(url)
    expect(page.status).toBe(409)
    const text = await page.text()
    expect(text).toContain(words)
    expect(text).toContain('Back to app.example.com')
  })

  it('ends on a page when the account turns out to have another shape', async () => {
    const made = await gatehouse.simulator.fetch(
      new Request(`${STRIPE_URL}/v1/accounts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gatehouse.config.stripe.secretKey}` },
        body: new URLSearchParams({ type: 'express' }),
      }),
    )
    const { id } = (await made.json()) as { id: string }
    await gatehouse.settle()
    const token = await toToken({ account: id, returnTo: RETURN_TO, turn: 0 }, gatehouse.config, now())
    const page = await visit(`${gatehouse.config.publicUrl}/onboarding/${token}/refresh`)
    expect(page.status).toBe(409)
    expect(await page.text()).toContain('set up in a way this platform cannot work with')
  })

  it('ends on a page that sends nobody round when Stripe refuses the new link', async () => {
    const url = await refreshUrl()
    const fault = { route: 'POST /v1/account_links', status: 400, message: 'Complete your profile.' }
    await gatehouse.sim('POST', '/_sim/faults', fault)
    const page = await visit(url)
    expect(page.status).toBe(409)
    const text = await page.text()
    expect(text).toContain('Stripe does not open its form now')
    expect(text).not.toContain('Try again')
    expect(text).not.toContain('Complete your profile')
    expect(text).toContain('Back to app.example.com')
  })

  it('leads a rejected account to its appeal', async () => {
    const url = await refreshUrl()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await move('rejected_with_appeal')
    const form = await visit(await sentTo(await visit(url)))
    expect(await form.text()).toContain('rejection appeal form')
  })

  it('ends on a page when Stripe sends every link straight back, and works again a minute later', async () => {
    let url = await refreshUrl()
    let turns = 0
    let answer = await visit(url)
    while (answer.status === 303 && turns < 20) {
      const link = await sentTo(answer)
      await visit(link)
      url = await sentTo(await visit(link))
      answer = await visit(url)
      turns += 1
    }
    expect(turns).toBe(4)
    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('Stripe sent you back several times')
    later += 60_000
    expect((await visit(url)).status).toBe(303)
  })

  it('says on a page, not in JSON, when Stripe is away, and how to go on', async () => {
    const url = await refreshUrl()
    await gatehouse.sim('POST', '/_sim/faults', { route: '*', reset: true, times: 9 })
    const page = await visit(url)
    expect(page.status).toBe(503)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('Try again')
    await gatehouse.sim('DELETE', '/_sim/faults')
    expect((await visit(url)).status).toBe(303)
  })

  it('is not minted faster than a person could click', async () => {
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

  it('remembers that a link was minted, should the first have been lost', async () => {
    const journey = { account, returnTo: RETURN_TO, turn: 0 }
    const token = await toToken(journey, gatehouse.config, now())
    await visit(`${gatehouse.config.publicUrl}/onboarding/${token}/refresh`)
    expect(await states()).toMatchObject({ onboarding: 'started' })
  })
})

it('notices a deadline that passes without a webhook', async () => {
  await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await move('requirements_due', { deadline_s: 3_600 })
  await gatehouse.settle()
  expect(await states()).toMatchObject({ onboarding: 'restricted_soon', charges: 'active' })

  await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
  later += 3_601_000
  await gatehouse.settle()
  await gatehouse.cron()
  expect(await states(), 'Stripe is given a minute').toMatchObject({ onboarding: 'restricted_soon' })
  later += 120_000
  await gatehouse.cron()
  expect(await states()).toMatchObject({ onboarding: 'restricted', payouts: 'off' })
  const history = await gatehouse.call('GET', `/v1/accounts/${account}/history`)
  expect(history.body['data'].slice(0, 2)).toMatchObject([
    { event: 'stripe.observed', cause: { kind: 'effect' } },
    { event: 'clock.reached', cause: { kind: 'clock' } },
  ])
})
