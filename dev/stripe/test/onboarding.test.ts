import { describe, expect, it } from 'vitest'
import { bench, type Bench, failure } from './bench.ts'

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
 * stripe-connect.md §2.1
 * https://docs.stripe.com/api/account_links/create
 * https://docs.stripe.com/connect/hosted-onboarding
 */
describe('account links', () => {
  it('has a url and an expiry, and neither an id nor a way to be read back', async () => {
    const { stripe, clock } = bench()
    const { id } = await stripe.accounts.create({})
    const link = await stripe.accountLinks.create({ account: id, type: 'account_onboarding', ...URLS })
    const created = Math.floor(clock.ms / 1000)
    expect(link).toMatchObject({ object: 'account_link', created, expires_at: created + 300 })
    expect(link).not.toHaveProperty('id')
  })

  it('wants both urls, and refuses account_update for an account with a Dashboard', async () => {
    const { stripe } = bench()
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

  it('opens once: a reload, the back button or a preview is sent to refresh_url', async () => {
    const { visit } = await withLink(bench())
    expect((await visit()).status).toBe(200)
    const again = await visit()
    expect([again.status, again.headers.get('location')]).toEqual([303, URLS.refresh_url])
  })

  it('is spent by its expiry, by a lost connection and by a rejection, but not where there is an appeal to make', async () => {
    const moves: Record<string, (b: Bench, id: string) => Promise<unknown>> = {
      expired: async (b) => b.simulator.advance(300),
      deauthorized: (b, id) => b.control(`POST /_sim/accounts/${id}/deauthorize`),
      rejected: (b, id) => b.control(`POST /_sim/accounts/${id}/move`, { move: 'rejected' }),
    }
    for (const move of Object.values(moves)) {
      const b = bench()
      const { id, visit } = await withLink(b)
      await move(b, id)
      expect((await visit()).headers.get('location')).toBe(URLS.refresh_url)
    }
    const b = bench()
    const { id, visit } = await withLink(b)
    await b.control(`POST /_sim/accounts/${id}/move`, { move: 'rejected_with_appeal' })
    expect((await visit()).status).toBe(200)
  })
})

/**
 * stripe-connect.md §2.1, §2.9
 * https://docs.stripe.com/connect/hosted-onboarding
 * https://docs.stripe.com/connect/testing
 */
describe('the hosted form', () => {
  it('returns to return_url after "save for later", with nothing submitted', async () => {
    const b = bench()
    const { id, visit, send } = await withLink(b)
    await visit()
    const response = await send({ action: 'later' })
    expect([response.status, response.headers.get('location')]).toEqual([303, URLS.return_url])
    expect(await b.stripe.accounts.retrieve(id)).toMatchObject({
      details_submitted: false,
      charges_enabled: false,
    })
  })

  it('names what is wrong instead of submitting it, and keeps what was typed', async () => {
    const b = bench()
    const { visit, send } = await withLink(b)
    await visit()
    const response = await send({ ...VALID, last_name: '', dob_month: '13' })
    expect(response.status).toBe(422)
    const page = await response.text()
    expect(page).toContain('A last name is needed.')
    expect(page).toContain('That is not a date.')
    expect(page).toContain('value="Ada"')
  })

  it('verifies 1902 at once', async () => {
    const b = bench()
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

  it('verifies 1901 after a moment: nobody can do anything meanwhile', async () => {
    const b = bench()
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

  it('fails any other date, and says why in requirements.errors', async () => {
    const b = bench()
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

  it('cannot be sent twice, nor without having been opened', async () => {
    const { visit, send } = await withLink(bench())
    expect((await send(VALID)).headers.get('location')).toBe(URLS.refresh_url)
    await visit()
    expect((await send(VALID)).headers.get('location')).toBe(URLS.return_url)
    expect((await send(VALID)).headers.get('location')).toBe(URLS.refresh_url)
  })

  it('asks a returning holder for what is due, and puts the account right', async () => {
    const b = bench()
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

  it('asks for what is due one day only where the link says so', async () => {
    for (const [fields, asked] of [
      ['currently_due', false],
      ['eventually_due', true],
    ] as const) {
      const b = bench()
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

  it('takes a test bank number, which decides how payouts will end', async () => {
    const b = bench()
    const { id, visit, send } = await withLink(b)
    await visit()
    await send({ ...VALID, account_number: '000111111116' })
    const { external_accounts: list } = await b.stripe.accounts.retrieve(id)
    expect(list?.data).toMatchObject([{ object: 'bank_account', last4: '1116', status: 'new' }])
  })
})

/** stripe-connect.md §2.2: what is submitted is Stripe's to check, whatever Stripe then decides. */
describe('the control that fills in the form', () => {
  it.each([
    ['enabled', null, []],
    ['pending_verification', 'requirements.pending_verification', []],
    ['in_review', 'under_review', []],
    ['rejected', 'rejected.other', []],
    ['restricted', 'requirements.past_due', ['individual.verification.document']],
  ] as const)('submits it, and ends as %s', async (outcome, reason, due) => {
    const { stripe, control } = bench()
    const { id } = await stripe.accounts.create({})
    await control(`POST /_sim/accounts/${id}/onboard`, { outcome })
    const { details_submitted, requirements } = await stripe.accounts.retrieve(id)
    expect(details_submitted).toBe(true)
    expect(requirements).toMatchObject({ disabled_reason: reason, currently_due: due })
  })
})

async function withLink(b: Bench, existing?: string) {
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
