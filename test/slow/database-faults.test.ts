/**
 * The database fails in every known way, under load. Every webhook answered 2xx is stored, every other answer allows a retry, no
 * answer takes longer than its deadline, and the service works again when the fault ends.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { FAULTS, startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { runs } from '../support/runs.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let proxy: FaultyProxy
let gatehouse: Gatehouse
let turn = 0

/** A Worker waits four seconds; a shorter deadline keeps the tests fast. */
const DEADLINE_MS = 400
/** The longest answer to a webhook; Stripe waits longer. */
const PATIENCE_MS = 10_000

beforeAll(async () => {
  database = await startDatabase()
  // A fixed sequence instead of random numbers: the fault strikes exactly its share of calls.
  proxy = await startFaultyProxy(database.url, () => (turn = (turn + 7) % 10) / 10)
})
afterAll(async () => {
  await proxy.close()
  await database.stop()
  console.log([...proxy.struck].map(([fault, count]) => `${fault}: ${count}`).join(', '))
})
afterEach(async () => {
  proxy.set(null)
  await gatehouse.settle()
})
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database, {
    databaseDeadlineMs: DEADLINE_MS,
    environment: { LIBSQL_URL: proxy.url },
  })
})

/** With a Worker's deadline, so that a slow call is not a failed one. */
async function useWorkersDeadline(): Promise<void> {
  gatehouse = await startGatehouse(database, { environment: { LIBSQL_URL: proxy.url } })
}

interface Sent {
  event: string
  status: number
  ms: number
  retryAfter: string | null
}

async function send(account: string, created: number): Promise<Sent> {
  const event = anAccountEvent(account, { created })
  const started = performance.now()
  const answer = await gatehouse.fetch(await signedWebhook(event))
  const ms = performance.now() - started
  return {
    event: event['id'] as string,
    status: answer.status,
    ms,
    retryAfter: answer.headers.get('retry-after'),
  }
}

const second = Math.floor(Date.now() / 1000) - 1000
const load = (count: number, accounts = 8) =>
  Promise.all(Array.from({ length: count }, (_, index) => send(`acct_${index % accounts}`, second + index)))

async function expectKept(sent: readonly Sent[]): Promise<void> {
  const rows = await database.rows('SELECT id FROM inbox')
  const kept = new Set(rows.map(({ id }) => id))
  expect(
    sent.filter(({ status, event }) => status === 200 && !kept.has(event)),
    'answered 200, but not stored',
  ).toEqual([])
}

/** No history has a gap, and no event moved an instance twice. */
async function expectWhole(): Promise<void> {
  const broken = await database.rows(
    `SELECT machine, id, count(*) AS rows, max(seq) AS last FROM transitions GROUP BY machine, id HAVING rows <> last`,
  )
  expect(broken, 'histories with a gap').toEqual([])
  const behind = await database.rows(
    `SELECT id FROM instances WHERE seq <> (SELECT max(seq) FROM transitions WHERE machine = instances.machine AND id = instances.id)`,
  )
  expect(behind, 'instances behind their history').toEqual([])
  const twice = await database.rows(
    `SELECT cause_id FROM transitions WHERE cause_kind = 'webhook' GROUP BY machine, id, cause_id HAVING count(*) > 1`,
  )
  expect(twice, 'events that moved an instance twice').toEqual([])
}

describe.each(FAULTS)('a database that %s', (fault) => {
  it.each([[0.3], [1]])(
    'loses no answered webhook (share of failing calls: %d)',
    async (share) => {
      if (fault === 'is slow') await useWorkersDeadline()
      proxy.set(fault, share)
      const sent = await load(runs(24, 400))
      proxy.set(null)
      for (const { status, ms, retryAfter } of sent) {
        expect([200, 503]).toContain(status)
        expect(ms).toBeLessThan(PATIENCE_MS)
        if (status === 503) expect(retryAfter).not.toBeNull()
      }
      if (fault === 'is slow') expect(sent.map(({ status }) => status)).not.toContain(503)
      await gatehouse.settle()
      await expectKept(sent)
      // Stripe sends the refused webhooks again; now they succeed.
      await useWorkersDeadline()
      const again = await load(16)
      expect(again.map(({ status }) => status)).toEqual(Array(16).fill(200))
      expect(Math.max(...again.map(({ ms }) => ms)), 'slow after the fault').toBeLessThan(PATIENCE_MS / 2)
      await gatehouse.settle()
      await expectWhole()
    },
    120_000,
  )
})

it('a commit whose answer was lost is found by its history row and not repeated', async () => {
  await send('acct_1', second)
  await gatehouse.settle()
  proxy.set('resets after the commit', 1, 'INSERT INTO transitions')
  const sent = await Promise.all([
    send('acct_1', second + 10),
    new Promise((resolve) => setTimeout(resolve, 150)).then(() => proxy.set(null)),
  ])
  expect(sent[0].status).toBe(200)
  expect(gatehouse.log.filter(({ message }) => message === 'committed after retries').length).toBeGreaterThan(
    0,
  )
  await gatehouse.settle()
  await expectKept([sent[0]])
  await expectWhole()
})

it.each([
  ['a read', 'GET', '/v1/accounts', {}],
  ['a write', 'POST', '/v1/accounts', { body: { external_id: 'a-shop' } }],
  ['readiness', 'GET', '/readyz', { key: null }],
])('with a database that hangs, %s is answered 503 within the deadline', async (_, method, path, options) => {
  proxy.set('hangs', 1)
  const started = performance.now()
  const answer = await gatehouse.call(method, path, options)
  expect(answer.status).toBe(503)
  expect(performance.now() - started).toBeLessThan(PATIENCE_MS)
})

it('a kill of libSQL under load loses no answered webhook, and the service works after the restart', async () => {
  const sent: Sent[] = []
  for (let round = 0; round < runs(3, 30); round += 1) {
    // oxlint-disable no-await-in-loop
    const answers = load(60, 12)
    await new Promise((resolve) => setTimeout(resolve, 40 + 60 * round))
    await database.sqld().kill()
    await database.restart()
    sent.push(...(await answers))
    const started = performance.now()
    await expect
      .poll(async () => (await send('acct_1', second + 5_000 + round)).status, { timeout: 5_000 })
      .toBe(200)
    expect(performance.now() - started).toBeLessThan(5_000)
    // oxlint-enable no-await-in-loop
  }
  await gatehouse.settle()
  await expectKept(sent)
  await expectWhole()
  const [check] = await database.rows('PRAGMA integrity_check')
  expect(check?.['integrity_check']).toBe('ok')
})

it('256 simultaneous webhooks lose none, and later writes are as fast as before', async () => {
  await useWorkersDeadline()
  const sent = await load(256, 64)
  expect(sent.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
  expect(sent.map(({ status }) => status)).toContain(200)
  await gatehouse.settle()
  await expectKept(sent)
  const started = performance.now()
  expect((await gatehouse.call('GET', '/readyz', { key: null })).status).toBe(200)
  expect(performance.now() - started, 'ms to write').toBeLessThan(2_000)
  const again = await load(100, 64)
  expect(again.filter(({ status }) => status !== 200)).toEqual([])
  await gatehouse.settle()
  await expectWhole()
  console.log(
    `of 256 simultaneous webhooks, ${sent.filter(({ status }) => status === 503).length} were answered 503`,
  )
})

it('every fault struck at least once', () => {
  expect(FAULTS.filter((fault) => !proxy.struck.get(fault))).toEqual([])
})
