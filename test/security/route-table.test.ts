/** The route table decides who may call a route: without a decision, a route neither compiles nor starts. */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { ACCESS, requireAccessDecisions, type RouteName } from '../../src/http/access.ts'
import type { Env } from '../../src/http/env.ts'
import { defineRoute } from '../../src/http/route.ts'
import { newRouter } from '../../src/http/router.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

const OK = { 200: { description: 'Fine.' } }
const SCOPED = (Object.keys(ACCESS) as RouteName[]).filter((name) => typeof ACCESS[name] !== 'string')
const served = () => createApp(() => gatehouse.deps())
const all = () => ({ routes: served().routes, defined: new Set<string>(SCOPED) })

describe('a route that is not in the table', () => {
  it('is a type error, and throws when it is defined', () => {
    // @ts-expect-error There is no such route in the table.
    const define = () => defineRoute({ method: 'get', path: '/v1/secrets', responses: OK })
    expect(define).toThrow('GET /v1/secrets is not in the route table')
  })

  it('keeps the app from starting, however it was added', () => {
    const { routes } = new Hono().get('/v1/accounts/:account/secrets', (c) => c.text('all of them'))
    const planted = { ...all(), routes: [...served().routes, ...routes] }
    expect(() => requireAccessDecisions(planted)).toThrow(
      'GET /v1/accounts/{account}/secrets is not in the route table',
    )
  })
})

describe('a route that needs a key', () => {
  it('keeps the app from starting if it was added without its guard', () => {
    const unguarded = new Set(SCOPED.filter((name) => name !== 'GET /v1/overview'))
    expect(() => requireAccessDecisions({ ...all(), defined: unguarded })).toThrow(
      'GET /v1/overview needs an API key, but was not made by defineRoute',
    )
  })

  it('never answers a caller whom its handler forgot to authenticate', async () => {
    const forgetful = new Hono<Env>()
      .use(async (c, next) => {
        c.set('deps', gatehouse.deps())
        await next()
      })
      .route(
        '/',
        newRouter().openapi(defineRoute({ method: 'get', path: '/v1/overview', responses: OK }), (c) =>
          c.text('everything'),
        ),
      )
      .onError((error, c) => c.text(error.message, 500))
    const headers = { authorization: `Bearer ${gatehouse.key}` }
    const response = await forgetful.request('/v1/overview', { headers })
    expect(response.status).toBe(500)
    expect(await response.text()).toContain('without authenticating its caller')
  })
})

it('an entry of the table that the app does not serve keeps it from starting', () => {
  const routes = served().routes.filter(({ path }) => path !== '/metrics')
  expect(() => requireAccessDecisions({ ...all(), routes })).toThrow('GET /metrics is in the route table')
})

it('the OpenAPI document names the scopes of the table', async () => {
  const { body } = await gatehouse.call('GET', '/openapi.json', { key: null })
  const documented = Object.entries(body['paths']).flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, { security?: { apiKey: string[] }[] }>).map(
      ([method, { security = [] }]) => [
        `${method.toUpperCase()} ${path}`,
        security.flatMap(({ apiKey }) => apiKey),
      ],
    ),
  )
  const decided = Object.keys(Object.fromEntries(documented)).map((name) => {
    const access = ACCESS[name as RouteName]
    return [name, typeof access === 'string' ? [] : [...access]]
  })
  expect(documented).toEqual(decided)
  expect(documented.map(([name]) => name)).toEqual(expect.arrayContaining(SCOPED))
})
