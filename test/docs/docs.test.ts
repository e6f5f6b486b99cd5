/** The documentation covers every route and error of the service, and loads no external asset. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

/** Routes that are not for clients: the webhooks, the pages of an onboarding link, and the documentation itself. */
const UNDOCUMENTED = [
  'GET /docs',
  'GET /openapi.json',
  'GET /onboarding/:token/refresh',
  'GET /onboarding/:token/return',
  'POST /webhooks/stripe/connect',
  'POST /webhooks/stripe/platform',
]

function routes(): string[] {
  const app = createApp(() => gatehouse.deps())
  const all = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`)
  return [...new Set(all)].sort()
}

describe('the OpenAPI document', () => {
  it('has every route and no other', async () => {
    const { status, body } = await gatehouse.call('GET', '/openapi.json', { key: null })
    expect(status).toBe(200)
    expect(body).toMatchObject({ openapi: '3.1.0' })
    const documented = Object.entries(body['paths']).flatMap(([path, operations]) =>
      Object.keys(operations as object).map(
        (method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    expect([...documented, ...UNDOCUMENTED].sort()).toEqual(routes())
  })

  it('names the scopes of every route below /v1', async () => {
    const { body } = await gatehouse.call('GET', '/openapi.json', { key: null })
    const open = Object.entries(body['paths']).filter(
      ([path, operations]) =>
        path.startsWith('/v1/') &&
        Object.values(operations as object).some(({ security }) => !(security?.length > 0)),
    )
    expect(open).toEqual([])
  })
})

describe('every route below /v1', () => {
  it('refuses a caller without a key, before it validates the request', async () => {
    const guarded = routes().filter((route) => route.includes(' /v1/'))
    expect(guarded.length).toBeGreaterThan(8)
    const answers = await Promise.all(
      guarded.map(async (route) => {
        const [method = '', path = ''] = route.split(' ')
        const concrete = path
          .replace(':account', 'acct_1')
          .replace(':payment', 'pi_1')
          .replace(/:\w+/g, 'x_1')
        const { status } = await gatehouse.call(method, concrete, {
          key: null,
          ...(method !== 'GET' && { body: {} }),
        })
        return [route, status]
      }),
    )
    expect(answers.filter(([, status]) => status !== 401)).toEqual([])
  })
})

describe('the documentation page', () => {
  it('shows every route and every error, and loads no script or external asset', async () => {
    const { status, body, headers } = await gatehouse.call('GET', '/docs', { key: null })
    const page = String(body['text'])
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page).not.toMatch(/<script|src="|<link/)
    for (const code of Object.keys(PROBLEMS)) expect(page).toContain(`id="${code}"`)
    const shown = routes().filter((route) => route.includes(' /v1/'))
    for (const route of shown) expect(page).toContain(route.split(' ')[1]?.replace(/:(\w+)/g, '{$1}'))
  })

  it('explains what the account holder, the platform and Stripe are responsible for', async () => {
    const { body } = await gatehouse.call('GET', '/docs', { key: null })
    for (const words of [
      'The holder signs in to Stripe’s own Dashboard.',
      'The holder cannot disconnect it.',
      'It may not pause or reject the account.',
      'the platform’s balance is never touched',
      'A return to',
    ])
      expect(body['text']).toContain(words)
  })
})
