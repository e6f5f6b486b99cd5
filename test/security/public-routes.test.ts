/** Routes that anybody may call cost little: their answers are reused. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse, type Process } from '../support/gatehouse.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

const ready = (through: Process['fetch']) => gatehouse.call('GET', '/readyz', { key: null, through })

it('many callers of /readyz at once cause one check', async () => {
  const { fetch } = gatehouse.process()
  const { result, trips } = await gatehouse.counting(() =>
    Promise.all(Array.from({ length: 50 }, () => ready(fetch))),
  )
  expect(new Set(result.map(({ status }) => status))).toEqual(new Set([200]))
  expect(trips.libsql).toBe(1)
})

it('a result of /readyz is reused for two seconds, and says for how long', async () => {
  let now = Date.now()
  const { fetch } = gatehouse.process({ now: () => now })
  const maxAge = async () => (await ready(fetch)).headers.get('cache-control')
  const { result, trips } = await gatehouse.counting(async () => {
    const first = await maxAge()
    now += 1_200
    return [first, await maxAge()]
  })
  expect(result).toEqual(['max-age=2', 'max-age=0'])
  expect(trips.libsql).toBe(1)
  now += 800
  const later = await gatehouse.counting(maxAge)
  expect(later).toMatchObject({ result: 'max-age=2', trips: { libsql: 1 } })
})

it('a caller whose neighbour’s check never ends gets 503 instead of waiting for ever', async () => {
  let isStuck = true
  const { fetch } = gatehouse.process({
    fetch: (next) => (input, init) => (isStuck ? new Promise(() => {}) : next(input, init)),
  })
  void ready(fetch)
  const answer = await ready(fetch)
  expect(answer).toMatchObject({ status: 503, body: { ready: false, database: 'unavailable' } })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  isStuck = false
})

it('a check that was abandoned is replaced', async () => {
  let isStuck = true
  let now = Date.now()
  const { fetch } = gatehouse.process({
    now: () => now,
    fetch: (next) => (input, init) => (isStuck ? new Promise(() => {}) : next(input, init)),
  })
  void ready(fetch)
  await Promise.resolve()
  isStuck = false
  now += 30_000
  expect(await ready(fetch)).toMatchObject({ status: 200, body: { ready: true } })
})

it('/docs and /openapi.json are built once, however often they are asked for', async () => {
  const app = createApp(() => gatehouse.deps())
  const build = vi.spyOn(app, 'getOpenAPI31Document')
  for (const path of ['/docs', '/openapi.json', '/docs', '/openapi.json']) {
    // oxlint-disable-next-line no-await-in-loop
    const response = await app.request(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  }
  expect(build).toHaveBeenCalledTimes(1)
})
