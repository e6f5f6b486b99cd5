import { describe, expect, it } from 'vitest'
import { type TestSimulator, failure, testSimulator } from './test-simulator.ts'

const URLS = { refresh_url: 'https://p.example/refresh', return_url: 'https://p.example/return' }
const VALID = {
  action: 'submit',
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  dob_day: '1',
  dob_month: '1',
  dob_year: '1902',
  account_number: '000123456789',
}

/**
 * https://docs.stripe.com/api/account_links/create
 * https://docs.stripe.com/connect/hosted-onboarding
 */
describe('account links', () => {
  it('a link has a url and an expiry, but no id', async () => {
    const { stripe, clock } = testSimulator()
    const { id } = await stripe.accounts.create({})
    const link = await stripe.accountLinks.create({ account: id, type: 'account_onboarding', ...URLS })
    const created = Math.floor(clock.ms / 1000)
    expect(link).toMatchObject({ object: 'account_link', created, expires_at: created + 300 })
    expect(link).not.toHaveProperty('id')
  })

  it('a link requires both urls, and account_update is refused for an account with a dashboard', async () => {
    const { stripe } = testSimulator()
    const { id } = await stripe.accounts.create({})
    const noReturn = stripe.accountLinks.create({
      account: id,
      type: 'account_onboarding',
      refresh_url: URLS.refresh_url,
    })
    expect(await failure(noReturn)).toMatchObject({ code: 'parameter_missing', param: 'return_url' })
    const update = stripe.accountLinks.create({ account: id, type: 'account_update', ...URLS })
    expect(await failure(update)).toMatchObject({
      statusCode: 400,
      message:
        'You cannot create `account_update` type Account Links for this account. Valid types for this account are ["account_onboarding"].',
    })
  })

  it('a link opens once, and a second visit is redirected to refresh_url', async () => {
    const { visit } = await withLink(testSimulator())
    expect((await visit()).status).toBe(200)
    const again = await visit()
    expect([again.status, again.headers.get('location')]).toEqual([303, URLS.refresh_url])
  })

  it('expiry, deauthorization and rejection end a link, but a rejected account can appeal', async () => {
    const moves: Record<string, (b: TestSimulator, id: string) => Promise<unknown>> = {
      expired: async (b) => b.simulator.advance(300),
      deauthorized: (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
      rejected: (b, id) => b.control(`POST /_sim/accounts/${id}/move`, { move: 'rejected' }),
    }
    for (const move of Object.values(moves)) {
      const b = testSimulator()
      const { id, visit } = await withLink(b)
      await move(b, id)
      expect((await visit()).headers.get('location')).toBe(URLS.refresh_url)
    }
    const b = testSimulator()
    const { id, visit } = await withLink(b)
    await b.control(`POST /_sim/accounts/${id}/move`, { move: 'rejected_with_appeal' })
    expect((await visit()).status).toBe(200)
  })
})

/**
 * https://docs.stripe.com/connect/hosted-onboarding
 * https://docs.stripe.com/connect/testing
 */
describe('the hosted form', () => {
  it('"save for later" redirects to return_url and submits nothing', async () => {
    const b = testSimulator()
    const { id, visit, send } = await withLink(b)
    await visit()
    const response = await send({ action: 'later' })
    expect([response.status, response.headers.get('location')]).toEqual([303, URLS.return_url])
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({
      details_submitted: false,
      charges_enabled: false,
    })
  })

  it('a form with errors shows them, keeps the input and submits nothing', async () => {
    const b = testSimulator()
    const { visit, send } = await withLink(b)
    await visit()
    const response = await send({ ...VALID, last_name: '', dob_month: '13' })
    expect(response.status).toBe(422)
    const page = await response.text()
    expect(page).toContain('A last name is required.')
    expect(page).toContain('This is not a valid date.')
    expect(page).toContain('value="Ada"')
  })

  it('the birth year 1902 is verified at once', async () => {
    const b = testSimulator()
    const { id, visit, send } = await withLink(b)
    await visit()
    await send(VALID)
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({
      details_submitted: true,
      charges_enabled: true,
      payouts_enabled: true,
      requirements: { currently_due: [], disabled_reason: null },
    })
  })

  it('the birth year 1901 is verified after a delay without requirements in between', async () => {
    const b = testSimulator()
    const { id, visit, send } = await withLink(b)
    await visit()
    await send({ ...VALID, dob_year: '1901' })
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({
      details_submitted: true,
      charges_enabled: false,
      capabilities: { card_payments: 'pending' },
      requirements: { currently_due: [], past_due: [], disabled_reason: 'requirements.pending_verification' },
    })
    await b.simulator.advance(2)
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({ charges_enabled: true })
  })

  it('any other date of birth fails with a reason in requirements.errors', async () => {
    const b = testSimulator()
    const { id, visit, send } = await withLink(b)
    await visit()
    await send({ ...VALID, dob_year: '1985' })
    await b.simulator.advance(2)
    expect((await b.stripe.accounts.retrieve(id)).requirements).toMatchObject({
      past_due: ['individual.verification.document'],
      disabled_reason: 'requirements.past_due',
      errors: [
        { code: 'verification_failed_keyed_identity', requirement: 'individual.verification.document' },
      ],
    })
  })

  it('a form can be submitted once, and only after its link was opened', async () => {
    const { visit, send } = await withLink(testSimulator())
    expect((await send(VALID)).headers.get('location')).toBe(URLS.refresh_url)
    await visit()
    expect((await send(VALID)).headers.get('location')).toBe(URLS.return_url)
    expect((await send(VALID)).headers.get('location')).toBe(URLS.refresh_url)
  })

  it('a returning holder answers due requirements, and the account is enabled again', async () => {
    const b = testSimulator()
    const { id } = await b.enabledAccount()
    await b.control(`POST /_sim/accounts/${id}/move`, {
      move: 'requirements_past_due',
      fields: ['company.tax_id'],
    })
    const { visit, send } = await withLink(b, id)
    expect(await (await visit()).text()).toContain('company.tax_id')
    await send({ action: 'submit' })
    await b.simulator.advance(2)
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({
      charges_enabled: true,
      requirements: { past_due: [], disabled_reason: null },
    })
  })

  it('the form shows eventually due requirements only if the link collects them', async () => {
    for (const [fields, asked] of [
      ['currently_due', false],
      ['eventually_due', true],
    ] as const) {
      const b = testSimulator()
      const { id, requirements } = await b.enabledAccount()
      const { url } = await b.stripe.accountLinks.create({
        account: id,
        type: 'account_onboarding',
        collection_options: { fields },
        ...URLS,
      })
      const page = await (await b.request(new URL(url).pathname)).text()
      const [later = 'nothing'] = requirements?.eventually_due ?? []
      expect([fields, page.includes(later)]).toEqual([fields, asked])
    }
  })

  it('a test bank number decides how payouts end', async () => {
    const b = testSimulator()
    const { id, visit, send } = await withLink(b)
    await visit()
    await send({ ...VALID, account_number: '000111111116' })
    const { external_accounts: list } = await b.stripe.accounts.retrieve(id)
    expect(list?.data).toMatchObject([{ object: 'bank_account', last4: '1116', status: 'new' }])
  })
})

/** Every outcome submits the form; Stripe's decision differs. */
describe('POST /_sim/accounts/{acct}/onboard', () => {
  it.each([
    ['enabled', null, []],
    ['pending_verification', 'requirements.pending_verification', []],
    ['in_review', 'under_review', []],
    ['rejected', 'rejected.other', []],
    ['restricted', 'requirements.past_due', ['individual.verification.document']],
  ] as const)('the outcome %s submits the form', async (outcome, reason, due) => {
    const { stripe, control } = testSimulator()
    const { id } = await stripe.accounts.create({})
    await control(`POST /_sim/accounts/${id}/onboard`, { outcome })
    const { details_submitted, requirements } = await stripe.accounts.retrieve(id)
    expect(details_submitted).toBe(true)
    expect(requirements).toMatchObject({ disabled_reason: reason, currently_due: due })
  })
})

async function withLink(b: TestSimulator, existing?: string) {
  const id = existing ?? (await b.stripe.accounts.create({})).id
  const link = await b.stripe.accountLinks.create({ account: id, type: 'account_onboarding', ...URLS })
  const path = new URL(link.url).pathname
  return {
    id,
    visit: () => b.request(path),
    send: (answers: Record<string, string>) =>
      b.request(path, { method: 'POST', body: new URLSearchParams(answers) }),
  }
}
