/** Due timers fire once, whatever else is due. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fireDueTimers } from '../../src/engine/timers.ts'
import { selectDueChecks } from '../../src/store/checks.ts'
import { Conflict, type Database, type Statement } from '../../src/store/database.ts'
import { selectDue } from '../../src/store/instances.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

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

/** Gives the account a deadline. */
async function waitUntil(deadline: number): Promise<void> {
  const second = Math.floor(clock.now() / 1000)
  const requirements = { currently_due: ['external_account'], current_deadline: deadline / 1000 }
  const event = anAccountEvent(account, { created: second + 5, object: { requirements } })
  await gatehouse.fetch(await signedWebhook(event, { timestamp: second }))
}

const fired = () =>
  database.rows("SELECT id FROM transitions WHERE event = 'clock.reached' AND cause_kind = 'clock'")
const errors = () => gatehouse.log.filter(({ level }) => level === 'error')

it('a due timer fires in one of several concurrent cron runs, without an error in the others', async () => {
  clock.advance(2 * MINUTE)
  await Promise.all([gatehouse, gatehouse.process(), gatehouse.process()].map(({ cron }) => cron()))
  expect(await fired()).toEqual([{ id: account }])
  expect(errors()).toEqual([])
})

it('a due timer fires although an instance of an unknown machine is due, which is left alone', async () => {
  await database.client.execute({
    sql: `INSERT INTO instances (machine, id, account, seq, version, value, context, wake_at, check_at, created_at, updated_at)
          VALUES ('topup', 'tu_1', ?, 1, 1, '{}', '{}', 1, 1, 1, 1)`,
    args: [account],
  })
  clock.advance(2 * MINUTE)
  await gatehouse.cron()
  expect(await fired()).toEqual([{ id: account }])
  expect(errors()).toEqual([])
  expect(await database.rows("SELECT wake_at, check_at FROM instances WHERE machine = 'topup'")).toEqual([
    { wake_at: 1, check_at: 1 },
  ])
})

/** Inserts copies of the account, with the same timer. */
async function copies(count: number, version?: number): Promise<void> {
  await database.client.execute({
    sql: `INSERT INTO instances (machine, id, account, seq, version, value, context, wake_at, created_at, updated_at)
          SELECT machine, 'acct_' || n || ?1, 'acct_' || n || ?1,
                 seq, coalesce(?2, version), value, json_set(context, '$.external_id', NULL), wake_at,
                 created_at, updated_at
          FROM instances, (SELECT value AS n FROM json_each(?3))
          WHERE id = ?4`,
    args: [
      version === undefined ? 'x' : 'newer',
      version ?? null,
      JSON.stringify(Array.from({ length: count }, (_, n) => n)),
      account,
    ],
  })
}

describe('due timers', () => {
  const NEWER = 99
  const fireAll = async (for_ms = MINUTE) => {
    const deps = gatehouse.deps()
    return fireDueTimers(deps, deps.now() + for_ms)
  }
  /** A process that has read the due instances now, and fires their timers later. */
  const aLateProcess = async () => {
    const deps = gatehouse.deps()
    const found = await deps.db.read([selectDue(deps.lifecycles.machines, deps.now(), 1)])
    const readAgain = (statements: readonly Statement[]) => deps.db.read(statements)
    return { ...deps, db: { ...deps.db, read: once(async () => found, readAgain) as Database['read'] } }
  }

  it('fire in groups of a hundred, and their cause names the time they were set for', async () => {
    const deadline = clock.now() + MINUTE
    await copies(249)
    clock.advance(2 * MINUTE)
    const { result, trips } = await gatehouse.counting(() => fireAll())
    expect(result).toBe(250)
    expect(trips).toEqual({ libsql: 9, stripe: 0 })
    expect(await fired()).toHaveLength(250)
    const [row] = await database.rows(
      "SELECT cause_id FROM transitions WHERE id = ? AND cause_kind = 'clock'",
      [account],
    )
    expect(row?.['cause_id']).toBe(`${account}@${deadline}`)
    expect(await fireAll()).toBe(0)
  })

  it('fire in the next run if this run has no time left', async () => {
    await copies(149)
    clock.advance(2 * MINUTE)
    expect(await fireAll(0)).toBe(100)
    expect(await fireAll(0)).toBe(50)
  })

  it('fire although others fail, and each failure is logged once', async () => {
    await copies(100, NEWER)
    await copies(120)
    clock.advance(2 * MINUTE)
    expect(await fireAll()).toBe(121)
    expect(errors()).toHaveLength(100)
    expect(errors()).toContainEqual({
      level: 'error',
      message: 'not woken',
      machine: 'account',
      id: 'acct_0newer',
      error: `UnreadableState: account state has version ${NEWER}, newer than this build knows`,
    })
    expect(
      await database.rows('SELECT id FROM instances WHERE wake_at <= ? AND version <> ?', [
        clock.now(),
        NEWER,
      ]),
    ).toEqual([])
  })

  it('that fail are logged once, even if the group is retried one by one', async () => {
    await copies(2, NEWER)
    clock.advance(2 * MINUTE)
    const { db, ...deps } = gatehouse.deps()
    const lose = () => Promise.reject(new Conflict('lost a race', {}))
    const write = once(lose, (statements: readonly Statement[]) => db.write(statements)) as Database['write']
    expect(await fireDueTimers({ ...deps, db: { ...db, write } }, deps.now() + MINUTE)).toBe(1)
    expect(errors()).toHaveLength(2)
  })

  it('of a deleted instance are logged', async () => {
    clock.advance(2 * MINUTE)
    const late = await aLateProcess()
    await database.client.execute('DELETE FROM instances')
    expect(await fireDueTimers(late, late.now() + MINUTE)).toBe(0)
    expect(errors().map(({ message, error }) => [message, error])).toEqual([
      ['not woken', 'nothing waited for it'],
    ])
  })

  it('that another process has just fired are no error', async () => {
    clock.advance(2 * MINUTE)
    const late = await aLateProcess()
    await fireAll()
    expect(await fireDueTimers(late, late.now() + MINUTE)).toBe(1)
    expect(errors()).toEqual([])
    expect(await fired()).toHaveLength(1)
  })
})

/** Calls `first` the first time, and `then` after that. */
function once<A extends unknown[], R>(
  first: () => Promise<R>,
  then: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  let isDone = false
  return (...args) => {
    if (isDone) return then(...args)
    isDone = true
    return first()
  }
}

it.each([
  ['due timers', selectDue(lifecycles.machines, 0, 1)],
  ['due checks', selectDueChecks(lifecycles.machines, 0, 1)],
])('%s are found by an index', async (_, { sql, args }) => {
  const plan = await database.rows(`EXPLAIN QUERY PLAN ${sql}`, args as (string | number)[])
  expect(plan.map(({ detail }) => detail)).toContainEqual(
    expect.stringMatching(/^SEARCH instances USING INDEX instances_(wake|check)_at/),
  )
})
