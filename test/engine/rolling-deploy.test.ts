/**
 * During a rolling deploy two builds write, and the newer one stores states that the older one cannot read. The older build
 * neither overwrites nor acts on such a state, and once the deploy is complete nothing is missing.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AnyLifecycle } from '../../machines/lifecycle.ts'
import type * as Account from '../../machines/account/account.ts'
import type { Live, Step } from '../../machines/lifecycle.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse } from '../support/gatehouse.ts'
import { expectTruth } from '../support/stack/truth.ts'

const MINUTE = 60_000

let database: TestDatabase
let clock: Clock
/** The running build, and the build that is rolled out: its account machine has a newer version. */
let older: Gatehouse
let newer: Gatehouse
let account: string

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  clock = aClock()
  const world = { now: clock.now, sleep: clock.sleep }
  older = await startGatehouse(database, { ...world, simulator: { now: clock.now } })
  const { startGatehouse: startNewer } = await theNextBuild()
  newer = await startNewer(database, {
    ...world,
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      return request.url.startsWith(STRIPE_URL) ? older.simulator.fetch(request) : next(request)
    },
  })
  account = (await older.call('POST', '/v1/accounts', { body: { external_id: 'shop', country: 'US' } })).body[
    'id'
  ]
  await older.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await settle()
})
afterAll(() => database.stop())

/** Imports the code again, with a newer version of the account's stored state. */
async function theNextBuild(): Promise<{ startGatehouse: typeof startGatehouse }> {
  vi.resetModules()
  vi.doMock('../../machines/account/account.ts', async (original) => {
    const now = await original<typeof Account>()
    return { ...now, account: withAnotherVersion(now.account) }
  })
  const build = await import('../support/gatehouse.ts')
  vi.doUnmock('../../machines/account/account.ts')
  return build
}

function withAnotherVersion(before: AnyLifecycle): AnyLifecycle {
  const version = before.version + 1
  const up = <L extends { live: Live<any> }>(step: L): L => ({ ...step, live: { ...step.live, version } })
  const down = <C>(live: Live<C>): Live<C> => ({ ...live, version: before.version })
  return {
    ...before,
    version,
    read: (stored) => ({
      ...before.read(stored.version === version ? { ...stored, version: before.version } : stored),
      version,
    }),
    begin: (input, event) => up(before.begin(input, event)),
    step: (live, event): Step<any> => up(before.step(down(live), event)),
  }
}

async function settle(): Promise<void> {
  await older.settle()
  await newer?.settle()
  await older.settle()
}

/** Changes the account at Stripe; the webhook reaches this build. */
async function move(name: string, build: Gatehouse): Promise<void> {
  older.deliverTo(build)
  clock.advance(MINUTE)
  await older.sim('POST', `/_sim/accounts/${account}/move`, { move: name })
  await settle()
}

const stored = async () => {
  const [row] = await database.rows("SELECT version, seq, context FROM instances WHERE machine = 'account'")
  return { ...row }
}
const failed = () => database.rows("SELECT id, detail FROM inbox WHERE outcome = 'failed'")
const pay = (build: Gatehouse) =>
  build.call('POST', `/v1/accounts/${account}/payments`, {
    body: { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
  })

describe('a state that the newer build has stored', () => {
  beforeEach(async () => {
    const { version } = await stored()
    await move('requirements_due', newer)
    expect(await stored(), 'the older build’s state is upcast').toMatchObject({
      version: Number(version) + 1,
    })
  })

  it('is neither overwritten nor acted on by the older build, which keeps its events as failed', async () => {
    const before = await stored()
    await older.sim('DELETE', '/_sim/calls')
    await move('requirements_past_due', older)
    expect(await stored()).toEqual(before)
    const kept = await failed()
    expect(kept.length).toBeGreaterThan(0)
    for (const { detail } of kept) expect(detail).toMatch(/version \d+, newer than this build knows/)

    const refused = await pay(older)
    expect(refused).toMatchObject({ status: 503, body: { code: 'newer_state' } })
    expect(refused.headers.get('retry-after')).not.toBeNull()
    expect((await older.call('GET', `/v1/accounts/${account}/status`)).status).toBe(503)
    await older.cron()
    expect(await stored()).toEqual(before)
    const { data } = await older.sim('GET', '/_sim/books')
    expect(data.filter((books: any) => books.account === account && books.charged > 0)).toEqual([])
  })

  it('catches up in the newer build, which replays the events that the older build kept', async () => {
    await move('requirements_past_due', older)
    await move('bank_changed', older)
    expect((await failed()).length).toBeGreaterThan(1)
    older.deliverTo(newer)
    for (let minute = 0; minute < 90; minute += 30) {
      clock.advance(30 * MINUTE)
      // oxlint-disable no-await-in-loop
      await newer.cron()
      await settle()
      // oxlint-enable no-await-in-loop
    }
    expect(await failed()).toEqual([])
    expect(await pay(newer)).toMatchObject({ status: 409, body: { code: 'gate_closed' } })
    await expectTheTruth()
  })

  it('catches up after the deploy was rolled back and repeated', async () => {
    await move('requirements_past_due', older)
    await older.cron()
    await move('enabled', older)
    clock.advance(60 * MINUTE)
    await older.cron()
    expect((await failed()).length).toBeGreaterThan(1)
    older.deliverTo(newer)
    clock.advance(120 * MINUTE)
    await newer.cron()
    await settle()
    expect(await failed()).toEqual([])
    expect(await pay(newer)).toMatchObject({ status: 201 })
    await settle()
    await expectTheTruth()
  })
})

it('both builds may write concurrently: a commit on a stale read is retried', async () => {
  let turn = 0
  older.deliverTo({ fetch: (request) => ((turn += 1) % 2 ? older : newer).fetch(request) })
  for (const name of [
    'requirements_due',
    'bank_changed',
    'requirements_past_due',
    'bank_changed',
    'enabled',
  ]) {
    clock.advance(1_000)
    // oxlint-disable-next-line no-await-in-loop
    await older.sim('POST', `/_sim/accounts/${account}/move`, { move: name })
  }
  await Promise.all([
    older.simulator.settle(),
    older.call('POST', `/v1/accounts/${account}/refresh`),
    newer.call('POST', `/v1/accounts/${account}/refresh`),
    older.cron(),
    newer.cron(),
  ])
  await settle()
  for (let hour = 0; hour < 2; hour += 1) {
    clock.advance(61 * MINUTE)
    // oxlint-disable no-await-in-loop
    await newer.cron()
    await settle()
    // oxlint-enable no-await-in-loop
  }
  expect(await failed()).toEqual([])
  await expectTheTruth()
})

async function expectTheTruth(): Promise<void> {
  // Lower the version, so that this test's build can read the rows.
  await database.client.execute({
    sql: 'UPDATE instances SET version = version - 1 WHERE machine = ?',
    args: ['account'],
  })
  await expectTruth(database, {
    gatehouse: older,
    scheduler: { run: (work) => work() },
    process: () => older.process(),
    async stripe(method, path, _, of = '') {
      const headers = { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': of }
      return (await older.simulator.fetch(new Request(`${STRIPE_URL}${path}`, { method, headers }))).json()
    },
  })
}
