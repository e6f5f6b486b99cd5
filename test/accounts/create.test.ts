import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { aKey } from '../support/keys.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'

let database: TestDatabase
let gatehouse: Gatehouse
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
})

const aShop = { external_id: 'shop-1', email: 'shop@example.com', metadata: { plan: 'pro' } }
const create = (options: { key?: string; idempotencyKey?: string; body?: object } = {}) =>
  gatehouse.call('POST', '/v1/accounts', { body: aShop, ...options })

/** Stripe does it, and the answer is lost; both of the client's own tries. */
const loseAnswers = () =>
  gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', after_commit: true, times: 2 })

const HOUR_MS = 3_600_000
const pass = (ms: number) => {
  later += ms
}

async function atStripe(): Promise<{ id: string; metadata: Record<string, string> }[]> {
  const { data } = await gatehouse.sim('GET', '/v1/accounts?limit=100')
  return data
}

it('returns the same account when an answer was lost and the request is made again', async () => {
  await loseAnswers()
  const lost = await create({ idempotencyKey: 'a' })
  expect(lost).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })

  const again = await create({ idempotencyKey: 'a' })
  expect(again.status).toBe(201)
  expect(again.body).toMatchObject({ external_id: 'shop-1', metadata: { plan: 'pro' } })
  expect((await atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
})

it('returns the same account to another client key that asks for the same', async () => {
  await loseAnswers()
  await create({ idempotencyKey: 'a' })
  const again = await create({ key: await aKey(database), idempotencyKey: 'b' })
  expect(again.status).toBe(201)
  expect((await atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
})

it('returns the same account to whoever writes the same in another order', async () => {
  const metadata = { plan: 'pro', region: 'north' }
  await loseAnswers()
  await create({ body: { ...aShop, metadata } })
  const again = await create({ body: { ...aShop, metadata: { region: 'north', plan: 'pro' } } })
  expect(again).toMatchObject({ status: 201, body: { metadata } })
  expect((await atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
})

it('adopts the account with its external_id when nobody comes back for it', async () => {
  await loseAnswers()
  await create()
  await gatehouse.settle()
  const list = await gatehouse.call('GET', '/v1/accounts?external_id=shop-1')
  expect(list.body['data']).toMatchObject([{ external_id: 'shop-1', state: { connection: 'connected' } }])
  expect(await atStripe()).toHaveLength(1)
})

it('gives an adopted account to whoever asked for it, with what only the request said', async () => {
  await loseAnswers()
  await create({ idempotencyKey: 'a' })
  await gatehouse.settle()
  const again = await create({ idempotencyKey: 'a' })
  expect(again.status).toBe(201)
  expect(again.body).toMatchObject({ external_id: 'shop-1', metadata: { plan: 'pro' } })
  expect(await atStripe()).toHaveLength(1)

  const replayed = await create({ idempotencyKey: 'a' })
  expect(replayed.headers.get('idempotent-replayed')).toBe('true')
  expect(replayed.body).toEqual(again.body)
  const other = await create({ idempotencyKey: 'b' })
  expect(other).toMatchObject({
    status: 409,
    body: { code: 'account_exists', account: again.body['id'] },
  })
})

it('tells who asks for other things under the name whose account it is', async () => {
  await loseAnswers()
  await create({ idempotencyKey: 'a' })
  const other = { ...aShop, email: 'other@example.com' }
  const stranger = await create({ idempotencyKey: 'b', body: other })
  expect(stranger).toMatchObject({ status: 409, body: { code: 'account_exists' } })
  expect((await create({ idempotencyKey: 'b', body: other })).headers.get('idempotent-replayed')).toBe('true')

  const first = await create({ idempotencyKey: 'a' })
  expect(first).toMatchObject({
    status: 201,
    body: { id: stranger.body['account'], metadata: { plan: 'pro' } },
  })
  expect(await atStripe()).toHaveLength(1)
})

it('makes one account for ten requests at the same time', async () => {
  await gatehouse.sim('POST', '/_sim/switches', { latency_ms: 5 })
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => create({ idempotencyKey: `k${n}` })))
  // Whoever came while Stripe was at work is told so, and asks again.
  const settled = await Promise.all(
    answers.map(async (answer, n) => (answer.status === 409 ? create({ idempotencyKey: `k${n}` }) : answer)),
  )
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
  const [account] = await atStripe()
  expect(new Set(settled.map(({ body }) => body['id'] ?? body['account']))).toEqual(new Set([account?.id]))
  expect(await atStripe()).toHaveLength(1)
})

it('finds the account again when Stripe has forgotten the key', async () => {
  await loseAnswers()
  await create({ idempotencyKey: 'a' })
  const [made] = await atStripe()
  await gatehouse.sim('POST', '/_sim/accounts', { count: 250, state: 'new' })
  pass(25 * HOUR_MS)
  const again = await create({ idempotencyKey: 'a' })
  expect(again).toMatchObject({ status: 201, body: { id: made?.id, external_id: 'shop-1' } })
})

it('makes the account a day later when it is proven that there is none', async () => {
  await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', reset: true, times: 2 })
  expect((await create({ idempotencyKey: 'a' })).status).toBe(502)
  expect(await atStripe()).toHaveLength(0)
  pass(25 * HOUR_MS)
  expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
  expect(await atStripe()).toHaveLength(1)
})

it('makes one account where two find at once that there is none', async () => {
  await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', reset: true, times: 2 })
  await create({ idempotencyKey: 'a' })
  pass(25 * HOUR_MS)
  const answers = await Promise.all(['a', 'b', 'c'].map((idempotencyKey) => create({ idempotencyKey })))
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
  expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 409)).toEqual([])
  expect(await atStripe()).toHaveLength(1)
})

it('gets past a failure that Stripe has stored and says to have, as it made nothing', async () => {
  await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', status: 500, stored: true })
  expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
  expect(await atStripe()).toHaveLength(1)
})

it('gets past a failure that Stripe has stored and does not mark, once it is certain that it made nothing', async () => {
  await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
  await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', status: 500, stored: true })
  expect((await create({ idempotencyKey: 'a' })).status).toBe(502)
  expect((await create({ idempotencyKey: 'a' })).status, 'too early to be certain').toBe(502)
  pass(3 * 60_000)
  expect((await create({ idempotencyKey: 'a' })).status).toBe(201)
  expect(await atStripe()).toHaveLength(1)
})

it('takes a refusal for the try it answers only: one before it, that was lost, may have made the account', async () => {
  await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/accounts', after_commit: true })
  await gatehouse.sim('POST', '/_sim/faults', {
    route: 'POST /v1/accounts',
    status: 400,
    message: 'Not yet.',
  })
  expect((await create()).status).toBe(422)
  expect((await create()).status).toBe(201)
  expect(await atStripe()).toHaveLength(1)
})

it('finds what a failed answer had made', async () => {
  const fault = { route: 'POST /v1/accounts', after_commit: true, status: 500, times: 2 }
  await gatehouse.sim('POST', '/_sim/faults', fault)
  const answer = await create()
  expect(answer.status).toBe(201)
  expect((await atStripe()).map(({ id }) => id)).toEqual([answer.body['id']])
})

it('returns the account that Stripe made before the database was lost', async () => {
  let world: 'well' | 'about to break' | 'broken' = 'about to break'
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const isStripe = request.url.startsWith('http://stripe.test')
      if (world === 'broken' && !isStripe) throw new TypeError('the database is gone')
      const answer = await next(request)
      if (world === 'about to break' && isStripe) world = 'broken'
      return answer
    },
  })
  expect((await create({ idempotencyKey: 'a' })).body).toMatchObject({ code: 'storage_unavailable' })
  world = 'well'
  const again = await create({ idempotencyKey: 'a' })
  expect(again.status).toBe(201)
  expect((await atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
})

it('lets a refused request be mended under the same name', async () => {
  const refused = await create({ body: { ...aShop, country: 'XX' } })
  expect(refused).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
  const mended = await create({ body: { ...aShop, country: 'DE' } })
  expect(mended).toMatchObject({ status: 201, body: { country: 'DE' } })
})

it('asks again under a new key where the cause of a refusal may have been mended', async () => {
  const fault = {
    route: 'POST /v1/accounts',
    status: 400,
    message: 'Complete your platform profile.',
    stored: true,
  }
  await gatehouse.sim('POST', '/_sim/faults', fault)
  expect(await create()).toMatchObject({ status: 422, body: { code: 'stripe_refused' } })
  expect((await create()).status).toBe(201)
})

it('takes a name in any script', async () => {
  const created = await create({ body: { external_id: 'Bäckerei Łódź · 東京\n' } })
  expect(created).toMatchObject({ status: 201, body: { external_id: 'Bäckerei Łódź · 東京\n' } })
})

it('leaves country and capabilities to the holder, unless the caller chose', async () => {
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

it('adopts a second account of the same name without the name', async () => {
  const first = await create()
  await gatehouse.settle()
  const { first: twin } = await gatehouse.sim('POST', '/_sim/accounts', {
    state: 'enabled',
    metadata: { gatehouse_external_id: 'shop-1' },
  })
  await gatehouse.sim('POST', `/_sim/accounts/${twin}/move`, { move: 'requirements_due' })
  await gatehouse.settle()
  const status = await gatehouse.call('GET', `/v1/accounts/${twin}/status`)
  expect(status.body).toMatchObject({ external_id: null, suspect: false, effects_pending: 0 })
  const named = await gatehouse.call('GET', '/v1/accounts?external_id=shop-1')
  expect(named.body['data'].map(({ id }: { id: string }) => id)).toEqual([first.body['id']])
})

const LOST = [
  { after_commit: true },
  { after_commit: true, truncate: true },
  { after_commit: true, status: 500 },
]
const UNDONE = [
  { reset: true },
  { truncate: true },
  { status: 500 },
  { status: 500, stored: true },
  { status: 502, html: true },
  { status: 429 },
  { status: 400, message: 'Not yet.' },
  { status: 400, message: 'Not yet.', stored: true },
]
const aFault = fc.record({
  route: fc.oneof(
    { weight: 3, arbitrary: fc.constant('POST /v1/accounts') },
    { weight: 1, arbitrary: fc.constantFrom('GET /v1/accounts', '*') },
  ),
  how: fc.oneof(fc.constantFrom<object>(...LOST), fc.constantFrom<object>(...UNDONE)),
  times: fc.integer({ min: 1, max: 3 }),
})
const aTry = fc.record({
  faults: fc.array(aFault, { minLength: 1, maxLength: 2 }),
  idempotencyKey: fc.constantFrom('a', 'b'),
  together: fc.integer({ min: 1, max: 2 }),
  webhooks: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  wait: fc.oneof(fc.constantFrom(0, 1_000, 60_000, 180_000), fc.constant(25 * HOUR_MS)),
})

test.prop([fc.array(aTry, { minLength: 1, maxLength: 5 })], { numRuns: runs(12, 500), seed: SEED })(
  'makes exactly one account, whatever goes wrong and whoever tries again when',
  async (tries) => {
    later = 0
    await database.clear()
    gatehouse = await startGatehouse(database, { now, simulator: { now } })
    for (const { faults, idempotencyKey, together, webhooks, wait } of tries) {
      // oxlint-disable no-await-in-loop
      for (const { route, how, times } of faults)
        await gatehouse.sim('POST', '/_sim/faults', { route, times, ...how })
      await Promise.all(Array.from({ length: together }, () => create({ idempotencyKey })))
      await gatehouse.sim('DELETE', '/_sim/faults')
      if (webhooks) await gatehouse.settle()
      pass(wait)
      // oxlint-enable no-await-in-loop
    }
    pass(180_000)
    let last = await create({ idempotencyKey: 'a' })
    if (last.status >= 500) last = await create({ idempotencyKey: 'a' })
    await gatehouse.settle()
    const made = await atStripe()
    expect(made).toHaveLength(1)
    expect([last.body['id'], last.body['account']]).toContain(made[0]?.id)
    const named = await database.rows("SELECT id FROM instances WHERE external_id = 'shop-1'")
    expect(named).toMatchObject([{ id: made[0]?.id }])
  },
  TIMEOUT,
)
