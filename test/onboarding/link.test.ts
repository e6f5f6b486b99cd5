/** `POST /v1/accounts/{account}/onboarding_links`: who gets a link to Stripe's form. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let account: string

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
  const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
  account = created.body['id']
  await gatehouse.settle()
})

const RETURN_TO = 'https://app.example.com/payments?tab=1#top'

const createLink = (returnTo = RETURN_TO, idempotencyKey?: string) =>
  gatehouse.call('POST', `/v1/accounts/${account}/onboarding_links`, {
    body: { return_to: returnTo },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
const stateOf = async () => (await gatehouse.call('GET', `/v1/accounts/${account}`)).body['state']
const move = (move: string) => gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move })

describe('an onboarding link', () => {
  it('is new for each request, retries included, and is stored nowhere', async () => {
    const [first, second] = [await createLink(RETURN_TO, 'same'), await createLink(RETURN_TO, 'same')]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body['url']).not.toBe(first.body['url'])
    const secret = String(first.body['url']).split('/').at(-1)
    const tables = await database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    const rows = await Promise.all(
      tables.map(({ name }) => database.rows(`SELECT * FROM "${name as string}"`)),
    )
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  it('carries Stripe’s expiry time', async () => {
    const { body } = await createLink()
    const minutes = (Date.parse(body['expires_at']) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(0)
    expect(minutes).toBeLessThan(10)
  })

  it('moves the account’s onboarding from created to started', async () => {
    expect(await stateOf()).toMatchObject({ onboarding: 'created' })
    await createLink()
    expect(await stateOf()).toMatchObject({ onboarding: 'started' })
  })

  it('is refused if return_to has an origin that is not allowed', async () => {
    const answer = await createLink('https://evil.example/')
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'return_to' }] },
    })
  })

  it('is refused if return_to is longer than 2000 characters once percent-encoded', async () => {
    const fits = `https://app.example.com/${'a'.repeat(1_976)}`
    expect(new URL(fits).href).toHaveLength(2_000)
    expect((await createLink(fits)).status).toBe(201)
    expect(await createLink(`${fits}a`)).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(await createLink(`https://app.example.com/${'東'.repeat(500)}`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'return_to', message: expect.stringContaining('at most 2000') }] },
    })
  })

  it('is refused for a disconnected account even if the webhook was lost', async () => {
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    expect(await createLink()).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', gate: 'onboard', blockers: [{ code: 'account_disconnected' }] },
    })
    expect(await stateOf()).toMatchObject({ connection: 'disconnected' })
  })

  it('is refused for another body under the same idempotency key', async () => {
    await createLink(RETURN_TO, 'same')
    const other = await createLink('https://app.example.com/other', 'same')
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })

  it('is refused for a rejected account until Stripe opens an appeal', async () => {
    await move('rejected')
    await gatehouse.settle()
    expect(await createLink()).toMatchObject({
      status: 409,
      body: {
        code: 'gate_closed',
        gate: 'onboard',
        blockers: [{ code: 'account_rejected', actor: 'nobody' }],
      },
    })
    await move('rejected_with_appeal')
    await gatehouse.settle()
    expect(await createLink()).toMatchObject({ status: 201 })
    expect(await stateOf()).toMatchObject({ onboarding: 'rejected' })
  })
})
