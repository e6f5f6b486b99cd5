/** Invalid input and faults: each has its exact status and code and changes nothing, and a retry after a fault succeeds. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse } from '../support/gatehouse.ts'
import { aKey } from '../support/keys.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let account: string
/** The connections that fail. `libsqlAfterStripe`: the database fails once Stripe has answered. */
let broken: { stripe: boolean; libsql: boolean; libsqlAfterStripe: boolean }

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  broken = { stripe: false, libsql: false, libsqlAfterStripe: false }
  gatehouse = await startGatehouse(database, {
    fetch: (next) => async (input, init) => {
      const isStripe = (input instanceof Request ? input.url : String(input)).startsWith(STRIPE_URL)
      if (isStripe ? broken.stripe : broken.libsql) throw new TypeError('connection refused')
      const response = await next(input, init)
      if (isStripe && broken.libsqlAfterStripe) broken.libsql = true
      return response
    },
  })
  const created = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
  account = created.body['id']
  await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await gatehouse.settle()
})
afterEach(() => gatehouse.settle())
afterAll(() => database.stop())

const payment = { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
const pay = (options: Parameters<Gatehouse['call']>[2] = {}) =>
  gatehouse.call('POST', `/v1/accounts/${account}/payments`, { body: payment, ...options })

function problem(status: number, code: string, members: Record<string, unknown> = {}) {
  return {
    status,
    body: expect.objectContaining({
      type: expect.stringContaining(code),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      request_id: expect.stringMatching(/^req_/),
      ...members,
    }),
  }
}

describe('a caller', () => {
  it.each([
    ['no key', null],
    ['a key of another format', 'sk_test_something'],
    ['a mistyped key', 'gk_test_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ])('with %s gets 401 without a database call', async (_, key) => {
    const { result, trips } = await gatehouse.counting(() => pay({ key }))
    expect(result).toMatchObject(problem(401, 'unauthenticated'))
    expect(trips).toEqual({ libsql: 0, stripe: 0 })
  })

  it('with a revoked key gets 401', async () => {
    const key = await aKey(database)
    await database.client.execute({
      sql: 'UPDATE clients SET revoked_at = 1 WHERE id = ?',
      args: [key.split('_')[2] ?? ''],
    })
    expect(await pay({ key })).toMatchObject(problem(401, 'unauthenticated'))
  })

  it('without the scope gets 403', async () => {
    const key = await aKey(database, ['accounts:read'])
    expect(await pay({ key })).toMatchObject(problem(403, 'missing_scope', { scopes: ['payments:write'] }))
  })

  it('without a key gets 401 instead of validation errors', async () => {
    expect(await pay({ key: null, body: { nonsense: true } })).toMatchObject(problem(401, 'unauthenticated'))
  })
})

it('a call over the rate limit gets 429 with Retry-After, without a database call', async () => {
  const limited = await startGatehouse(database, { limiter: { limit: async () => ({ success: false }) } })
  const { result, trips } = await limited.counting(() => limited.call('GET', '/v1/accounts'))
  expect(result).toMatchObject(problem(429, 'rate_limited'))
  expect(result.headers.get('retry-after')).toBe('60')
  expect(trips).toEqual({ libsql: 0, stripe: 0 })
})

describe('a body', () => {
  it('that is not JSON gets 400', async () => {
    expect(await pay({ body: '{"amount":' })).toMatchObject(problem(400, 'invalid_json'))
  })

  it('with another content type gets 415', async () => {
    expect(await pay({ headers: { 'content-type': 'text/plain' } })).toMatchObject(
      problem(415, 'unsupported_media_type'),
    )
  })

  it('over 64 KiB gets 413', async () => {
    expect(await pay({ body: { ...payment, description: 'x'.repeat(70_000) } })).toMatchObject(
      problem(413, 'body_too_large'),
    )
  })

  it('with an unknown field gets 422 with the field’s name', async () => {
    expect(await pay({ body: { ...payment, on_behalf_of: 'acct_2' } })).toMatchObject(
      problem(422, 'invalid_request', {
        errors: [{ path: 'on_behalf_of', message: 'is not a known field' }],
      }),
    )
  })

  it('with an invalid field gets 422 with the field’s name', async () => {
    const answer = await pay({ body: { ...payment, amount: 10.5 } })
    expect(answer).toMatchObject(problem(422, 'invalid_request'))
    expect(answer.body['errors']).toMatchObject([{ path: 'amount' }])
    expect(answer.body['detail']).toMatch(/^amount: /)
  })

  it.for([
    ['/v1/accounts', '{"external_id":"\\ud83d"}', 'external_id'],
    ['/v1/accounts', '{"external_id":"shop-2","metadata":{"plan":"\\udc00pro"}}', 'metadata.plan'],
    ['/v1/accounts', '{"external_id":"shop-2","metadata":{"\\ud83d":"pro"}}', 'metadata'],
    ['/payments', '{"amount":1000,"currency":"usd","description":"a \\ud83d"}', 'description'],
    ['/hold', '{"reason":"\\ud83d"}', 'reason'],
  ] as const)('to %s with a lone surrogate, %s, gets 422 with its path', async ([path, body, at]) => {
    const url = path.startsWith('/v1') ? path : `/v1/accounts/${account}${path}`
    expect(await gatehouse.call('POST', url, { body })).toMatchObject(
      problem(422, 'invalid_request', {
        errors: [{ path: at, message: 'must not hold half a surrogate pair' }],
      }),
    )
  })

  it('that is not an object gets 422', async () => {
    const answer = await pay({ body: [payment] })
    expect(answer).toMatchObject(problem(422, 'invalid_request'))
    expect(answer.body['detail']).toMatch(/^body: /)
  })
})

it('an unknown query parameter of a list gets 422 with its name', async () => {
  expect(await gatehouse.call('GET', '/v1/accounts?onbording=enabled')).toMatchObject(
    problem(422, 'invalid_request', {
      errors: [{ path: 'onbording', message: 'is not a known parameter' }],
    }),
  )
})

describe('a path', () => {
  it('without a route gets 404', async () => {
    expect(await gatehouse.call('GET', '/v2/accounts')).toMatchObject(problem(404, 'not_found'))
  })

  it('of an unknown account gets 404', async () => {
    expect(await gatehouse.call('GET', '/v1/accounts/acct_unknown')).toMatchObject(
      problem(404, 'account_not_found'),
    )
  })

  it('with a malformed account id gets 422', async () => {
    expect(await gatehouse.call('GET', '/v1/accounts/cus_1')).toMatchObject(problem(422, 'invalid_request'))
  })
})

describe('an Idempotency-Key', () => {
  it('that is missing, too long or not ASCII gets 400', async () => {
    expect(await pay({ idempotencyKey: null })).toMatchObject(problem(400, 'idempotency_key_required'))
    for (const idempotencyKey of ['x'.repeat(201), 'commande-é']) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await pay({ idempotencyKey })).toMatchObject(problem(400, 'idempotency_key_required'))
    }
  })

  it('reused with another body gets 409, and Stripe is not called', async () => {
    const first = await pay({ idempotencyKey: 'order-1' })
    expect(first.status).toBe(201)
    const { result, trips } = await gatehouse.counting(() =>
      pay({ idempotencyKey: 'order-1', body: { ...payment, amount: 2000 } }),
    )
    expect(result).toMatchObject(problem(409, 'idempotency_key_reused'))
    expect(trips.stripe).toBe(0)
  })

  it('reused with the same body gets the first answer', async () => {
    const first = await pay({ idempotencyKey: 'order-1' })
    const again = await pay({ idempotencyKey: 'order-1' })
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('of one client is independent of the same key of another client', async () => {
    const first = await pay({ idempotencyKey: 'order-1' })
    const other = await pay({ idempotencyKey: 'order-1', key: await aKey(database) })
    expect(other.status).toBe(201)
    expect(other.body['id']).not.toBe(first.body['id'])
  })
})

describe('a payment', () => {
  it('gets 502 while Stripe is unreachable, and succeeds under the same key afterwards', async () => {
    broken.stripe = true
    expect(await pay({ idempotencyKey: 'order-1' })).toMatchObject(problem(502, 'stripe_unavailable'))
    broken.stripe = false
    expect(await pay({ idempotencyKey: 'order-1' })).toMatchObject({
      status: 201,
      body: { status: 'succeeded' },
    })
  })

  it('gets 503 with Retry-After while Stripe limits requests', async () => {
    await gatehouse.sim('POST', '/_sim/faults', { route: 'POST /v1/payment_intents', status: 429, times: 5 })
    const answer = await pay()
    expect(answer).toMatchObject(problem(503, 'stripe_unavailable'))
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('that Stripe refuses gets 422 with Stripe’s own code', async () => {
    expect(await pay({ body: { ...payment, payment_method: 'pm_no_such' } })).toMatchObject(
      problem(422, 'stripe_refused', {
        stripe_code: 'resource_missing',
        stripe_request_id: expect.stringMatching(/^req_/),
      }),
    )
  })

  it('with a declined card gets 402, also on a retry under the same key', async () => {
    const declined = await pay({
      idempotencyKey: 'order-1',
      body: { ...payment, payment_method: 'pm_card_chargeDeclined' },
    })
    expect(declined).toMatchObject(
      problem(402, 'card_declined', {
        decline_code: 'generic_decline',
        payment: expect.objectContaining({ status: 'requires_payment_method' }),
      }),
    )
    const again = await pay({
      idempotencyKey: 'order-1',
      body: { ...payment, payment_method: 'pm_card_chargeDeclined' },
    })
    expect(again).toMatchObject({ status: 402, body: declined.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('gets 503 with Retry-After while the database is unreachable, and succeeds under the same key afterwards', async () => {
    broken.libsql = true
    const answer = await pay({ idempotencyKey: 'order-1' })
    expect(answer).toMatchObject(problem(503, 'storage_unavailable'))
    expect(answer.headers.get('retry-after')).toBeTruthy()
    expect(await gatehouse.call('GET', '/readyz')).toMatchObject({ status: 503, body: { ready: false } })
    expect(await gatehouse.call('GET', '/healthz')).toMatchObject({ status: 200 })
    broken.libsql = false
    expect(await pay({ idempotencyKey: 'order-1' })).toMatchObject({ status: 201 })
    // Another process: this one reuses its last result for two seconds.
    const { fetch: through } = gatehouse.process()
    const ready = await gatehouse.call('GET', '/readyz', { through })
    expect(ready).toMatchObject({ status: 200, body: { ready: true } })
  })

  it('is found by a retry under the same key if the database fails after Stripe has charged', async () => {
    broken.libsqlAfterStripe = true
    expect(await pay({ idempotencyKey: 'order-1' })).toMatchObject(problem(503, 'storage_unavailable'))
    broken = { stripe: false, libsql: false, libsqlAfterStripe: false }
    const retried = await pay({ idempotencyKey: 'order-1' })
    expect(retried.status).toBe(201)
    await gatehouse.settle()
    const { body } = await gatehouse.call('GET', `/v1/accounts/${account}/payments`)
    expect(body['data']).toHaveLength(1)
  })
})

it('every response has its request id', async () => {
  const found = await gatehouse.call('GET', `/v1/accounts/${account}`)
  const missing = await gatehouse.call('GET', '/v1/accounts/acct_unknown')
  expect(found.headers.get('x-request-id')).toMatch(/^req_/)
  expect(missing.headers.get('x-request-id')).toBe(missing.body['request_id'])
})
