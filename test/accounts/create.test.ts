/** `POST /v1/accounts` creates one account for each external_id, whatever fails on the way. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { aKey } from '../support/keys.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse
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
})

const aShop = { external_id: 'shop-1', email: 'shop@example.com', metadata: { plan: 'pro' } }
const create = (options: { key?: string; idempotencyKey?: string; body?: object } = {}) =>
  gatehouse.call('POST', '/v1/accounts', { body: aShop, ...options })

const failCreation = (fault: object) =>
  gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', ...fault })
/** Stripe creates the account, but both answers are lost: to the call and to stripe-node's retry. */
const loseAnswers = () => failCreation({ after_commit: true, times: 2 })
/** Both calls are lost on their way to Stripe. */
const loseCalls = () => failCreation({ reset: true, times: 2 })

const HOUR_MS = 3_600_000
const advanceClock = (ms: number) => {
  clockOffset += ms
}

async function idsAtStripe(): Promise<string[]> {
  const { data } = await gatehouse.sim('GET', '/v1/accounts?limit=100')
  return data.map(({ id }: { id: string }) => id)
}

describe('POST /v1/accounts', () => {
  it('returns the same account to a retry after a lost answer', async () => {
    await loseAnswers()
    const lost = await create({ idempotencyKey: 'a' })
    expect(lost).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })

    const again = await create({ idempotencyKey: 'a' })
    expect(again.status).toBe(201)
    expect(again.body).toMatchObject({ external_id: 'shop-1', metadata: { plan: 'pro' } })
    expect(await idsAtStripe()).toEqual([again.body['id']])
  })

  it('returns the same account to another API key with the same request', async () => {
    await loseAnswers()
    await create({ idempotencyKey: 'a' })
    const again = await create({ key: await aKey(database), idempotencyKey: 'b' })
    expect(again.status).toBe(201)
    expect(await idsAtStripe()).toEqual([again.body['id']])
  })

  it('returns the same account to a retry with its metadata in another order', async () => {
    const metadata = { plan: 'pro', region: 'north' }
    await loseAnswers()
    await create({ body: { ...aShop, metadata } })
    const again = await create({ body: { ...aShop, metadata: { region: 'north', plan: 'pro' } } })
    expect(again).toMatchObject({ status: 201, body: { metadata } })
    expect(await idsAtStripe()).toEqual([again.body['id']])
  })

  it('is completed by the webhook, external_id included, if the client never retries', async () => {
    await loseAnswers()
    await create()
    await gatehouse.settle()
    const list = await gatehouse.call('GET', '/v1/accounts?external_id=shop-1')
    expect(list.body['data']).toMatchObject([{ external_id: 'shop-1', state: { connection: 'connected' } }])
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('returns the account to a retry, with its metadata, after the webhook has adopted it', async () => {
    await loseAnswers()
    await create({ idempotencyKey: 'a' })
    await gatehouse.settle()
    const again = await create({ idempotencyKey: 'a' })
    expect(again.status).toBe(201)
    expect(again.body).toMatchObject({ external_id: 'shop-1', metadata: { plan: 'pro' } })
    expect(await idsAtStripe()).toHaveLength(1)

    const replayed = await create({ idempotencyKey: 'a' })
    expect(replayed.headers.get('idempotent-replayed')).toBe('true')
    expect(replayed.body).toEqual(again.body)
    const other = await create({ idempotencyKey: 'b' })
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'account_exists', account: again.body['id'] },
    })
  })

  it('refuses a different request for the same external_id and names the account', async () => {
    await loseAnswers()
    await create({ idempotencyKey: 'a' })
    const other = { ...aShop, email: 'other@example.com' }
    const refused = await create({ idempotencyKey: 'b', body: other })
    expect(refused).toMatchObject({ status: 409, body: { code: 'account_exists' } })
    expect((await create({ idempotencyKey: 'b', body: other })).headers.get('idempotent-replayed')).toBe(
      'true',
    )

    const first = await create({ idempotencyKey: 'a' })
    expect(first).toMatchObject({
      status: 201,
      body: { id: refused.body['account'], metadata: { plan: 'pro' } },
    })
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('creates one account for ten concurrent requests', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { latency_ms: 5 })
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => create({ idempotencyKey: `k${n}` })),
    )
    // A request that arrived while another was at Stripe got 409 and is retried.
    const settled = await Promise.all(
      answers.map(async (answer, n) =>
        answer.status === 409 ? create({ idempotencyKey: `k${n}` }) : answer,
      ),
    )
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
    const [account] = await idsAtStripe()
    expect(new Set(settled.map(({ body }) => body['id'] ?? body['account']))).toEqual(new Set([account]))
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('finds the account by its metadata after Stripe has forgotten the idempotency key', async () => {
    await loseAnswers()
    await create({ idempotencyKey: 'a' })
    const [created] = await idsAtStripe()
    await gatehouse.sim('POST', '/_sim/accounts', { count: 250, state: 'new' })
    advanceClock(25 * HOUR_MS)
    const again = await create({ idempotencyKey: 'a' })
    expect(again).toMatchObject({ status: 201, body: { id: created, external_id: 'shop-1' } })
  })

  it('creates the account a day later once no account is proven to exist', async () => {
    await loseCalls()
    expect((await create({ idempotencyKey: 'a' })).status).toBe(502)
    expect(await idsAtStripe()).toHaveLength(0)
    advanceClock(25 * HOUR_MS)
    expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('creates one account if concurrent retries prove at once that none exists', async () => {
    await loseCalls()
    await create({ idempotencyKey: 'a' })
    advanceClock(25 * HOUR_MS)
    const answers = await Promise.all(['a', 'b', 'c'].map((idempotencyKey) => create({ idempotencyKey })))
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
    expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 409)).toEqual(
      [],
    )
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('sends a new key at once if Stripe marks its 500 as a replay', async () => {
    await failCreation({ status: 500, stored: true })
    expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('sends a new key after two minutes if Stripe does not mark its 500 as a replay', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    await failCreation({ status: 500, stored: true })
    expect((await create({ idempotencyKey: 'a' })).status).toBe(502)
    expect((await create({ idempotencyKey: 'a' })).status, 'before two minutes have passed').toBe(502)
    advanceClock(3 * 60_000)
    expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('finds the account of a lost send although Stripe refused the retry', async () => {
    await failCreation({ after_commit: true })
    await failCreation({ status: 400, message: 'Not yet.' })
    expect((await create()).status).toBe(422)
    expect((await create()).status).toBe(201)
    expect(await idsAtStripe()).toHaveLength(1)
  })

  it('finds the account that Stripe created before it answered 500', async () => {
    await failCreation({ after_commit: true, status: 500, times: 2 })
    const answer = await create()
    expect(answer.status).toBe(201)
    expect(await idsAtStripe()).toEqual([answer.body['id']])
  })

  it('returns the account that Stripe created before the database failed', async () => {
    let databaseIs: 'up' | 'failing next' | 'down' = 'failing next'
    gatehouse = await startGatehouse(database, {
      now,
      simulator: { now },
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        const isStripe = request.url.startsWith('http://stripe.test')
        if (databaseIs === 'down' && !isStripe) throw new TypeError('the database is down')
        const answer = await next(request)
        if (databaseIs === 'failing next' && isStripe) databaseIs = 'down'
        return answer
      },
    })
    expect((await create({ idempotencyKey: 'a' })).body).toMatchObject({ code: 'storage_unavailable' })
    databaseIs = 'up'
    const again = await create({ idempotencyKey: 'a' })
    expect(again.status).toBe(201)
    expect(await idsAtStripe()).toEqual([again.body['id']])
  })

  it('accepts a corrected request under the same external_id after a refusal', async () => {
    const refused = await create({ body: { ...aShop, country: 'XX' } })
    expect(refused).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
    const mended = await create({ body: { ...aShop, country: 'DE' } })
    expect(mended).toMatchObject({ status: 201, body: { country: 'DE' } })
  })

  it('sends a new key after a stored refusal that the platform may have resolved', async () => {
    await failCreation({ status: 400, message: 'Complete your platform profile.', stored: true })
    expect(await create()).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
    expect((await create()).status).toBe(201)
  })

  it('accepts an external_id in any script', async () => {
    const created = await create({ body: { external_id: 'Bäckerei Łódź · 東京\n' } })
    expect(created).toMatchObject({ status: 201, body: { external_id: 'Bäckerei Łódź · 東京\n' } })
  })

  it('leaves country and capabilities to the holder unless the caller chose a country', async () => {
    const open = await create({ body: { external_id: 'open' } })
    expect(await gatehouse.sim('GET', `/_sim/accounts/${open.body['id']}`)).toMatchObject({
      countryFixed: false,
      requested: {},
      account: {
        controller: {
          stripe_dashboard: { type: 'full' },
          fees: { payer: 'account' },
          losses: { payments: 'stripe' },
          requirement_collection: 'stripe',
        },
      },
    })
    const chosen = await create({ body: { external_id: 'chosen', country: 'FR' } })
    expect(await gatehouse.sim('GET', `/_sim/accounts/${chosen.body['id']}`)).toMatchObject({
      countryFixed: true,
      requested: {},
      account: { country: 'FR' },
    })
  })

  it('keeps its external_id when a second account with the same one is adopted', async () => {
    const first = await create()
    await gatehouse.settle()
    const { first: second } = await gatehouse.sim('POST', '/_sim/accounts', {
      state: 'enabled',
      metadata: { gatehouse_external_id: 'shop-1' },
    })
    await gatehouse.sim('POST', `/_sim/accounts/${second}/move`, { move: 'requirements_due' })
    await gatehouse.settle()
    const status = await gatehouse.call('GET', `/v1/accounts/${second}/status`)
    expect(status.body).toMatchObject({ external_id: null, suspect: false, effects_pending: 0 })
    const named = await gatehouse.call('GET', '/v1/accounts?external_id=shop-1')
    expect(named.body['data'].map(({ id }: { id: string }) => id)).toEqual([first.body['id']])
  })
})
