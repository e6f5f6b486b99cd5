/**
 * Every route of the route table against every kind of caller. Who is not let in gets the exact status in at most one round
 * trip, and makes the database read no row but the key's own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCESS, type Access, type RouteName } from '../../src/http/access.ts'
import { makeApiKey, SCOPES, type Scope } from '../../src/http/api-key.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { databaseMeter, type DatabaseMeter } from '../support/database-meter.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { aKey, forgedKey } from '../support/keys.ts'

interface Sample {
  body?: unknown
  /** The status for a caller who is let in. Objects are unknown, so that nothing happens. */
  status: number
}

const PATH_VALUES = {
  account: 'acct_1Unknown',
  payment: 'pi_1Unknown',
  payout: 'po_1Unknown',
  event: 'evt_1Unknown',
  name: 'account:acct_1Unknown:1:0',
  token: 'forged',
}

const RETURN = 'https://app.example.com/back'
const PAYMENT = { amount: 1000, currency: 'usd' }
const LINE_ITEM = { price_data: { currency: 'usd', unit_amount: 1000, product_data: { name: 'Tea' } } }

/** A valid request to each route. A route without one fails the test. */
const SAMPLES: Record<RouteName, Sample> = {
  'POST /v1/accounts': { body: { external_id: 'shop-1' }, status: 201 },
  'GET /v1/accounts': { status: 200 },
  'GET /v1/accounts/{account}': { status: 404 },
  'GET /v1/accounts/{account}/status': { status: 404 },
  'PUT /v1/accounts/{account}/fee_policy': { body: { bps: 100 }, status: 404 },
  'POST /v1/accounts/{account}/onboarding_links': { body: { return_to: RETURN }, status: 404 },
  'POST /v1/accounts/{account}/account_sessions': { body: { components: ['payments'] }, status: 404 },
  'GET /onboarding/{token}/refresh': { status: 410 },
  'GET /onboarding/{token}/return': { status: 410 },
  'POST /v1/accounts/{account}/payments': { body: PAYMENT, status: 404 },
  'GET /v1/accounts/{account}/payments': { status: 404 },
  'GET /v1/accounts/{account}/payments/{payment}': { status: 404 },
  'POST /v1/accounts/{account}/payments/{payment}/capture': { body: {}, status: 404 },
  'POST /v1/accounts/{account}/payments/{payment}/cancel': { body: {}, status: 404 },
  'POST /v1/accounts/{account}/payments/{payment}/refunds': { body: {}, status: 404 },
  'POST /v1/accounts/{account}/checkout_sessions': {
    body: { line_items: [LINE_ITEM], success_url: RETURN, cancel_url: RETURN },
    status: 404,
  },
  'POST /v1/accounts/{account}/payouts': { body: PAYMENT, status: 404 },
  'GET /v1/accounts/{account}/payouts': { status: 404 },
  'GET /v1/accounts/{account}/payouts/{payout}': { status: 404 },
  'POST /v1/accounts/{account}/payouts/{payout}/cancel': { status: 404 },
  'GET /v1/accounts/{account}/balance': { status: 404 },
  'GET /v1/accounts/{account}/payout_schedule': { status: 404 },
  'PUT /v1/accounts/{account}/payout_schedule': { body: { interval: 'daily' }, status: 404 },
  'GET /v1/accounts/{account}/history': { status: 404 },
  'GET /v1/accounts/{account}/payments/{payment}/history': { status: 404 },
  'GET /v1/accounts/{account}/payouts/{payout}/history': { status: 404 },
  'POST /v1/accounts/{account}/refresh': { status: 404 },
  'POST /v1/accounts/{account}/hold': { body: { reason: 'a test' }, status: 404 },
  'POST /v1/accounts/{account}/release': { body: { reason: 'a test' }, status: 404 },
  'GET /v1/events': { status: 200 },
  'GET /v1/events/{event}': { status: 404 },
  'POST /v1/events/{event}/replay': { status: 404 },
  'GET /v1/effects': { status: 200 },
  'POST /v1/effects/{name}/retry': { status: 404 },
  'GET /v1/overview': { status: 200 },
  'GET /metrics': { status: 200 },
  'POST /webhooks/stripe/connect': { body: {}, status: 400 },
  'POST /webhooks/stripe/platform': { body: {}, status: 400 },
  'GET /healthz': { status: 200 },
  'GET /readyz': { status: 200 },
  'GET /docs': { status: 200 },
  'GET /openapi.json': { status: 200 },
}

let database: TestDatabase
let gatehouse: Gatehouse
let meter: DatabaseMeter
const keys = {} as Record<'revoked' | 'expired' | 'otherMode', string>
const keyWith = new Map<Scope, string>()
const keyWithAllBut = new Map<string, string>()

const ROUTES = Object.keys(ACCESS) as RouteName[]
const SCOPED = ROUTES.flatMap((route) => {
  const access: Access = ACCESS[route]
  return typeof access === 'string' ? [] : [{ route, needed: access }]
})
const OPEN = ROUTES.filter((route) => typeof ACCESS[route] === 'string')

beforeAll(async () => {
  database = await startDatabase()
  meter = databaseMeter(database.url)
  gatehouse = await startGatehouse(database, { fetch: meter.fetch })
  keys.revoked = await changedKey('revoked_at = 1')
  keys.expired = await changedKey('expires_at = 1')
  keys.otherMode = await changedKey('livemode = 1')
  for (const scope of SCOPES) {
    // oxlint-disable-next-line no-await-in-loop
    keyWith.set(scope, await aKey(database, [scope]))
  }
  for (const { needed } of SCOPED) {
    const others = SCOPES.filter((scope) => !needed.includes(scope))
    // oxlint-disable-next-line no-await-in-loop
    keyWithAllBut.set(needed.join(), await aKey(database, others))
  }
})
afterAll(() => database.stop())

async function changedKey(change: string): Promise<string> {
  const key = await aKey(database)
  await database.client.execute({
    sql: `UPDATE clients SET ${change} WHERE id = ?`,
    args: [key.split('_')[2] ?? ''],
  })
  return key
}

function send(route: RouteName, key: string | null): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ')
  const path = template.replace(/\{(\w+)\}/g, (_, name: keyof typeof PATH_VALUES) => PATH_VALUES[name])
  const { body } = SAMPLES[route]
  return gatehouse.call(method, path, { key, ...(body !== undefined && { body }) })
}

/** A key with one wrong character. */
function mistyped(key: string): string {
  return key.slice(0, -1) + (key.endsWith('x') ? 'y' : 'x')
}

const TURNED_AWAY_UNREAD: [string, () => string | null][] = [
  ['no key', () => null],
  ['a malformed key', () => 'sk_test_something'],
  ['a mistyped key', () => mistyped(gatehouse.key)],
  ['a key of the other mode', () => makeApiKey(true).key],
]
const TURNED_AWAY_READ: [string, () => string][] = [
  ['an unknown key', () => makeApiKey(false).key],
  ['a forged key', () => forgedKey(gatehouse.key)],
  ['a revoked key', () => keys.revoked],
  ['an expired key', () => keys.expired],
  ['a key stored for the other mode', () => keys.otherMode],
]

describe.each(SCOPED)('$route', ({ route, needed }) => {
  it.each(TURNED_AWAY_UNREAD)('answers %s with 401, without the database', async (_, key) => {
    const { result, cost } = await meter.measure(() => send(route, key()))
    expect(result).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(cost.trips).toBe(0)
  })

  it.each(TURNED_AWAY_READ)('answers %s with 401, and reads no row but the key’s own', async (_, key) => {
    const { result, cost } = await meter.measure(() => send(route, key()))
    expect(result).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expectOnlyTheKeyRead(cost)
  })

  it('answers a key that has every scope but the needed with 403, and reads no row but the key’s own', async () => {
    const { result, cost } = await meter.measure(() => send(route, keyWithAllBut.get(needed.join()) ?? ''))
    expect(result).toMatchObject({ status: 403, body: { code: 'missing_scope', scopes: needed } })
    expectOnlyTheKeyRead(cost)
  })

  it.each(SCOPES)('with the scope %s alone', async (scope) => {
    const { result, cost } = await meter.measure(() => send(route, keyWith.get(scope) ?? ''))
    if (needed.includes(scope)) {
      expect(result.status).toBe(SAMPLES[route].status)
    } else {
      expect(result).toMatchObject({ status: 403, body: { code: 'missing_scope', scopes: needed } })
      expectOnlyTheKeyRead(cost)
    }
  })
})

function expectOnlyTheKeyRead(cost: { trips: number; statements: number; rowsRead: number }): void {
  expect(cost.trips, 'round trips').toBe(1)
  // Each statement starts at the key's row.
  expect(cost.rowsRead, 'rows read').toBeLessThanOrEqual(cost.statements)
}

it.each(OPEN)('%s needs no key, and lets a forged one change nothing', async (route) => {
  const { status } = SAMPLES[route]
  expect((await send(route, null)).status).toBe(status)
  expect((await send(route, forgedKey(gatehouse.key))).status).toBe(status)
})
