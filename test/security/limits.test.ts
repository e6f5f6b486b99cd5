/** What a caller can make the service read is bounded: bodies, JSON, headers, addresses, lists. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { forgedKey } from '../support/keys.ts'

const API_LIMIT = 64 * 1024
const WEBHOOK_LIMIT = 512 * 1024
const CHUNK = 16 * 1024

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

/** A body of 8 MB that counts how much of it was asked for. */
function hugeBody(): { body: ReadableStream<Uint8Array>; sent: () => number } {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += CHUNK
      controller.enqueue(new Uint8Array(CHUNK).fill(0x20))
      if (sent >= 8 * 1024 * 1024) controller.close()
    },
  })
  return { body, sent: () => sent }
}

async function post(
  path: string,
  body: string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) {
  const request = new Request(`http://gatehouse.test${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gatehouse.key}`,
      'idempotency-key': crypto.randomUUID(),
      'content-type': 'application/json',
      ...headers,
    },
    body,
    // Node needs it for a stream.
    duplex: 'half',
  })
  const response = await gatehouse.fetch(request)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe.each([
  ['/v1/accounts', API_LIMIT],
  ['/webhooks/stripe/connect', WEBHOOK_LIMIT],
])('a body sent to %s', (path, limit) => {
  it.each<[string, Record<string, string>]>([
    ['without a length', {}],
    ['with a false length', { 'content-length': '10' }],
  ])('%s is read up to the limit and no further', async (_, headers) => {
    const { body, sent } = hugeBody()
    expect(await post(path, body, headers)).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    expect(sent()).toBeLessThanOrEqual(limit + 2 * CHUNK)
  })

  it('with a length over the limit is not read', async () => {
    const { body, sent } = hugeBody()
    const answer = await post(path, body, { 'content-length': String(limit + 1) })
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    expect(sent()).toBeLessThanOrEqual(CHUNK)
  })
})

it('a body from a caller without a key is not read', async () => {
  const { body, sent } = hugeBody()
  const answer = await post('/v1/accounts', body, { authorization: 'Bearer nonsense' })
  expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  expect(sent()).toBeLessThanOrEqual(CHUNK)
})

describe('JSON', () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const account = (metadata: string) =>
    post('/v1/accounts', `{"external_id":"shop-1","metadata":${metadata}}`)

  it.each([
    ['nested 10,000 levels deep', () => nested(10_000)],
    ['of 10,000 arrays', () => `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('%s gets 422', async (_, json) => {
    const answer = await account(json())
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(answer.body['detail']).toContain('levels')
  })

  it('with too many values gets 422', async () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => `"k${index}":1`)
    const answer = await account(`{${fields.join(',')}}`)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(answer.body['detail']).toContain('values')
  })

  it('with brackets inside its strings is not counted as nested', async () => {
    const text = JSON.stringify({ note: `${'[{'.repeat(200)}\\"${'[,'.repeat(40)}` })
    expect((await account(text)).status).toBe(201)
  })

  it('with many wrong fields is answered with the first of them', async () => {
    const fields = Array.from({ length: 2_000 }, (_, index) => `"k${index}":1`)
    const answer = await post('/v1/accounts', `{${fields.join(',')}}`)
    expect(answer.status).toBe(422)
    expect((answer.body['errors'] as unknown[]).length).toBeLessThanOrEqual(100)
  })
})

describe('before the database is called', () => {
  const call = (path: string, headers: Record<string, string> = {}) =>
    gatehouse.counting(() => gatehouse.call('GET', path, { key: forgedKey(gatehouse.key), headers }))

  it('a URL that is too long gets 414', async () => {
    const { result, trips } = await call(`/v1/accounts?external_id=${'x'.repeat(9_000)}`)
    expect(result).toMatchObject({ status: 414, body: { code: 'uri_too_long' } })
    expect(trips.libsql).toBe(0)
  })

  it('headers that are too large get 431', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`x-header-${index}`, 'x'.repeat(500)]),
    )
    for (const headers of [{ 'x-header': 'x'.repeat(17_000) }, many]) {
      // oxlint-disable-next-line no-await-in-loop
      const { result, trips } = await call('/v1/accounts', headers)
      expect(result).toMatchObject({ status: 431, body: { code: 'headers_too_large' } })
      expect(trips.libsql).toBe(0)
    }
  })
})

it.each(['limit=0', 'limit=101', 'limit=1e9', 'limit=-1', `cursor=${'x'.repeat(201)}`, 'cursor=%00'])(
  'a list with ?%s gets 422',
  async (query) => {
    for (const path of ['/v1/accounts', '/v1/events', '/v1/effects']) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await gatehouse.call('GET', `${path}?${query}`)).toMatchObject({
        status: 422,
        body: { code: 'invalid_request' },
      })
    }
  },
)
