/** A bad configuration is refused by the name of its variable, never with its value; the process stays alive. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { parseConfig, parseStripe } from '../../src/config.ts'
import { ACCESS } from '../../src/http/access.ts'
import type { LogEntry } from '../../src/log.ts'
import worker from '../../src/worker.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { ENVIRONMENT, startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

const SECRET = 'sekrit-value-that-nobody-may-see'
const VALID: Record<string, string> = { ...ENVIRONMENT, LIBSQL_URL: 'http://127.0.0.1:1' }
const LIVE: Record<string, string> = {
  ...VALID,
  STRIPE_SECRET_KEY: 'sk_live_of_the_tests',
  STRIPE_PUBLISHABLE_KEY: 'pk_live_of_the_tests',
  STRIPE_API_BASE: 'https://api.stripe.com',
  PUBLIC_URL: 'https://gatehouse.example.com',
}

/** A service whose environment is read when a request comes, as on Workers. */
function misconfigured(environment: Record<string, string>): {
  fetch: (path: string, method?: string) => Promise<Response>
  log: LogEntry[]
} {
  const log: LogEntry[] = []
  const app = createApp(
    () => {
      parseConfig(environment)
      throw new Error('the configuration is valid')
    },
    (entry) => void log.push(entry),
  )
  return { fetch: async (path, method = 'GET') => app.request(path, { method }), log }
}

describe('with a bad configuration', () => {
  it.each([
    ['a missing variable', { STRIPE_SECRET_KEY: undefined }, 'STRIPE_SECRET_KEY'],
    ['a key of another kind', { STRIPE_SECRET_KEY: SECRET }, 'STRIPE_SECRET_KEY'],
    ['keys of two modes', { STRIPE_PUBLISHABLE_KEY: `pk_live_${SECRET}` }, 'STRIPE_PUBLISHABLE_KEY'],
    ['a blank webhook secret', { STRIPE_CONNECT_WEBHOOK_SECRETS: ' , ' }, 'STRIPE_CONNECT_WEBHOOK_SECRETS'],
    ['a short signing secret', { SIGNING_SECRET: 'x' }, 'SIGNING_SECRET'],
    ['a blank signing secret', { SIGNING_SECRET: ' '.repeat(40) }, 'SIGNING_SECRET'],
    ['a signing secret of one character', { SIGNING_SECRET: 'a'.repeat(40) }, 'SIGNING_SECRET'],
    ['a database of another kind', { LIBSQL_URL: `postgres://u:${SECRET}@db/x` }, 'LIBSQL_URL'],
    ['a file as the public address', { PUBLIC_URL: `file:///${SECRET}` }, 'PUBLIC_URL'],
    ['another protocol for Stripe', { STRIPE_API_BASE: `ftp://${SECRET}` }, 'STRIPE_API_BASE'],
  ])('such as %s, every route but /healthz answers 500 and names the variable', async (_, change, name) => {
    const environment = { ...VALID, ...change } as Record<string, string>
    const { fetch, log } = misconfigured(environment)
    for (const route of [...Object.keys(ACCESS), 'GET /nowhere']) {
      const [method = '', path = ''] = route.split(' ')
      // oxlint-disable-next-line no-await-in-loop
      const response = await fetch(path.replace(/\{\w+\}/g, 'x_1'), method)
      // oxlint-disable-next-line no-await-in-loop
      const text = await response.text()
      if (path === '/healthz') expect(response.status).toBe(200)
      else {
        expect([route, response.status]).toEqual([route, 500])
        expect(response.headers.get('content-type')).toBe('application/problem+json')
        expect(JSON.parse(text)).toMatchObject({
          code: 'misconfigured',
          detail: expect.stringContaining(name),
          request_id: response.headers.get('x-request-id'),
        })
      }
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('TypeError')
    }
    expect(log).toHaveLength(1)
    expect(JSON.stringify(log)).toContain(name)
    expect(JSON.stringify(log)).not.toContain(SECRET)
  })

  it('the Worker answers so too', async () => {
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as never
    const ask = async (path: string) =>
      worker.fetch(new Request(`http://gatehouse.test${path}`), { ...VALID, SIGNING_SECRET: '' }, context)
    expect((await ask('/healthz')).status).toBe(200)
    const answer = await ask('/v1/accounts')
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ code: 'misconfigured' })
  })
})

describe('a live key', () => {
  const parsing = (change: Record<string, string | undefined>) => () => parseConfig({ ...LIVE, ...change })

  it('is accepted with Stripe’s own host, named or not', () => {
    expect(parsing({})().stripe.livemode).toBe(true)
    expect(parsing({ STRIPE_API_BASE: undefined })().stripe.livemode).toBe(true)
  })

  it.each([
    'http://api.stripe.com',
    'https://stripe.example.com',
    'https://api.stripe.com.example.com',
    'https://api.stripe.com@example.com',
    'https://api.stripe.com:8443',
    'http://127.0.0.1:12111',
  ])('is never sent to %s', (STRIPE_API_BASE) => {
    expect(parsing({ STRIPE_API_BASE })).toThrow(/STRIPE_API_BASE/)
    expect(() => parseStripe({ ...LIVE, STRIPE_API_BASE }), 'nor by a command').toThrow(/STRIPE_API_BASE/)
  })

  it('is sent to another host over https if the operator says so by name', () => {
    const SEND_LIVE_KEY_TO_STRIPE_API_BASE = 'yes'
    const other = { STRIPE_API_BASE: 'https://proxy.example.com', SEND_LIVE_KEY_TO_STRIPE_API_BASE }
    expect(parsing(other)().stripe.apiBase).toBe('https://proxy.example.com')
    expect(parsing({ ...other, STRIPE_API_BASE: 'http://proxy.example.com' })).toThrow(/must use https/)
    expect(parsing({ ...other, SEND_LIVE_KEY_TO_STRIPE_API_BASE: 'maybe' })).toThrow(
      /SEND_LIVE_KEY_TO_STRIPE_API_BASE must be yes or no/,
    )
  })

  it('needs a secret of its own for each webhook endpoint; a test key does not', () => {
    const same = { STRIPE_PLATFORM_WEBHOOK_SECRETS: LIVE['STRIPE_CONNECT_WEBHOOK_SECRETS'] }
    expect(parsing(same)).toThrow(/STRIPE_PLATFORM_WEBHOOK_SECRETS must differ/)
    expect(() => parseConfig({ ...VALID, ...same }), '`stripe listen` has one secret').not.toThrow()
  })
})

describe('a test key', () => {
  it('may be sent anywhere, such as to the simulator', () => {
    expect(() => parseConfig({ ...VALID, STRIPE_API_BASE: 'http://127.0.0.1:12111' })).not.toThrow()
  })
})

describe('a configured service', () => {
  let database: TestDatabase
  let gatehouse: Gatehouse
  beforeAll(async () => {
    database = await startDatabase()
    gatehouse = await startGatehouse(database)
  })
  afterAll(() => database.stop())

  it('answers /healthz without a call to the database', async () => {
    const { result, trips } = await gatehouse.counting(() => gatehouse.call('GET', '/healthz', { key: null }))
    expect(result).toMatchObject({ status: 200, body: { ok: true } })
    expect(result.headers.get('x-request-id')).toMatch(/^req_/)
    expect(trips).toEqual({ libsql: 0, stripe: 0 })
  })
})
