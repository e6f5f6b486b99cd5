/** Whoever waits for the clock is woken by it: once, and whatever else waits. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { selectDueChecks } from '../../src/store/checks.ts'
import { selectDue } from '../../src/store/instances.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

const MINUTE = 60_000

let database: TestDatabase
let clock: Clock
let gatehouse: Gatehouse
let account: string

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  clock = aClock()
  gatehouse = await startGatehouse(database, {
    now: clock.now,
    sleep: clock.sleep,
    simulator: { now: clock.now },
  })
  account = (await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'waiting' } })).body['id']
  await gatehouse.settle()
  await waitUntil(clock.now() + MINUTE)
})
afterAll(() => database.stop())

/** The account has a deadline then. */
async function waitUntil(deadline: number): Promise<void> {
  const second = Math.floor(clock.now() / 1000)
  const requirements = { currently_due: ['external_account'], current_deadline: deadline / 1000 }
  const event = anAccountEvent(account, { created: second + 5, object: { requirements } })
  await gatehouse.fetch(await signedWebhook(event, { timestamp: second }))
}

const woken = () =>
  database.rows("SELECT id FROM transitions WHERE event = 'clock.reached' AND cause_kind = 'clock'")
const errors = () => gatehouse.log.filter(({ level }) => level === 'error')

it('by one of several that come at once, and the others find nothing wrong', async () => {
  clock.advance(2 * MINUTE)
  await Promise.all([gatehouse, gatehouse.process(), gatehouse.process()].map(({ cron }) => cron()))
  expect(await woken()).toEqual([{ id: account }])
  expect(errors()).toEqual([])
})

it('though something waits that only a newer build has a machine for, which is left to it', async () => {
  await database.client.execute({
    sql: `INSERT INTO instances (machine, id, account, seq, version, value, context, wake_at, check_at, created_at, updated_at)
          VALUES ('topup', 'tu_1', ?, 1, 1, '{}', '{}', 1, 1, 1, 1)`,
    args: [account],
  })
  clock.advance(2 * MINUTE)
  await gatehouse.cron()
  expect(await woken()).toEqual([{ id: account }])
  expect(errors()).toEqual([])
  expect(await database.rows("SELECT wake_at, check_at FROM instances WHERE machine = 'topup'")).toEqual([
    { wake_at: 1, check_at: 1 },
  ])
})

it.each([
  ['woken', selectDue(0, 1)],
  ['looked at', selectDueChecks(0, 1)],
])('what is to be %s is found by its time, not among all there is', async (_, { sql, args }) => {
  const plan = await database.rows(`EXPLAIN QUERY PLAN ${sql}`, args as (string | number)[])
  expect(plan.map(({ detail }) => detail)).toContainEqual(
    expect.stringMatching(/^SEARCH instances USING INDEX instances_(wake|check)_at/),
  )
})
