/** The limiter counts a client by its secret and everybody else by address, so that no stranger can lock a client out. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Limiter } from '../../src/deps.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { forgedKey } from '../support/keys.ts'

const LIMIT = 3
const STRANGER = '203.0.113.7'

let database: TestDatabase
let gatehouse: Gatehouse
let counts: Map<string, number>

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  counts = new Map()
  gatehouse = await startGatehouse(database, { limiter: limiter() })
})

function limiter(): Limiter {
  return {
    async limit({ key }) {
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return { success: count <= LIMIT }
    },
  }
}

const read = (key: string | null, through: Gatehouse['fetch'] = gatehouse.fetch) =>
  gatehouse.call('GET', '/v1/accounts', { key, through })

async function statuses(times: number, call: () => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = []
  // oxlint-disable-next-line no-await-in-loop
  for (let time = 0; time < times; time += 1) found.push((await call()).status)
  return found
}

describe('a stranger who knows the id of a key', () => {
  it('cannot use up the calls of its client', async () => {
    await statuses(LIMIT * 3, () => read(forgedKey(gatehouse.key)))
    expect((await read(gatehouse.key)).status).toBe(200)
  })

  it('cannot use them up from the client’s own address', async () => {
    const shared = gatehouse.process({ address: STRANGER }).fetch
    await statuses(LIMIT * 3, () => read(forgedKey(gatehouse.key), shared))
    expect((await read(gatehouse.key, shared)).status).toBe(200)
  })

  it.each([
    ['with forged secrets', () => forgedKey(gatehouse.key)],
    ['without a key', () => null],
  ])('is counted by address %s', async (_, key) => {
    const from = (address: string) => gatehouse.process({ address }).fetch
    const answers = await statuses(LIMIT + 2, () => read(key(), from(STRANGER)))
    expect(answers).toEqual([401, 401, 401, 429, 429])
    expect((await read(key(), from('198.51.100.9'))).status, 'another address').toBe(401)
  })
})

it('a client over its limit gets 429 with Retry-After, without a database call', async () => {
  await statuses(LIMIT, () => read(gatehouse.key))
  const { result, trips } = await gatehouse.counting(() => read(gatehouse.key))
  expect(result).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  expect(result.headers.get('retry-after')).toBe('60')
  expect(trips.libsql).toBe(0)
})

it('the limiter is told neither a secret nor the id of a key', async () => {
  await read(gatehouse.key)
  const [, , id = '', secret = ''] = gatehouse.key.split('_')
  const told = [...counts.keys()].join()
  expect(told).not.toBe('')
  expect(told).not.toContain(id)
  expect(told).not.toContain(secret.slice(0, 30))
})
