/** Whoever waits for the clock is woken by it: once, and whatever else waits. */
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

/** So many more that wait as it does. */
async function copies(count: number, version?: number): Promise<void> {
  await database.client.execute({
    sql: `INSERT INTO instances (machine, id, account, seq, version, value, context, wake_at, created_at, updated_at)
          SELECT machine, 'acct_' || n || :mark, 'acct_' || n || :mark,
                 seq, coalesce(:version, version), value, json_set(context, '$.external_id', NULL), wake_at,
                 created_at, updated_at
          FROM instances, (SELECT value AS n FROM json_each(:numbers))
          WHERE id = :account`,
    args: {
      account,
      version: version ?? null,
      mark: version === undefined ? 'x' : 'newer',
      numbers: JSON.stringify(Array.from({ length: count }, (_, n) => n)),
    },
  })
}

describe('all who wait', () => {
  const NEWER = 99
  const wakeAll = async (for_ms = MINUTE) => {
    const deps = gatehouse.deps()
    return fireDueTimers(deps, deps.now() + for_ms)
  }
  /** One that acts on who is due now, whatever has become of them by then. */
  const aLateProcess = async () => {
    const deps = gatehouse.deps()
    const found = await deps.db.read([selectDue(deps.lifecycles.machines, deps.now(), 1)])
    const readAgain = (statements: readonly Statement[]) => deps.db.read(statements)
    return { ...deps, db: { ...deps.db, read: once(async () => found, readAgain) as Database['read'] } }
  }

  it('are told, a hundred at a time, each with when it had asked to be', async () => {
    const deadline = clock.now() + MINUTE
    await copies(249)
    clock.advance(2 * MINUTE)
    const { result, trips } = await gatehouse.counting(() => wakeAll())
    expect(result).toBe(250)
    expect(trips).toEqual({ libsql: 9, stripe: 0 })
    expect(await woken()).toHaveLength(250)
    const [row] = await database.rows(
      "SELECT cause_id FROM transitions WHERE id = ? AND cause_kind = 'clock'",
      [account],
    )
    expect(row?.['cause_id']).toBe(`${account}@${deadline}`)
    expect(await wakeAll()).toBe(0)
  })

  it('are told in the next run, where this one has no time left', async () => {
    await copies(149)
    clock.advance(2 * MINUTE)
    expect(await wakeAll(0)).toBe(100)
    expect(await wakeAll(0)).toBe(50)
  })

  it('are told although others cannot be, which is said of each once', async () => {
    await copies(100, NEWER)
    await copies(120)
    clock.advance(2 * MINUTE)
    expect(await wakeAll()).toBe(121)
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

  it('are named once, though all had to be told again one by one', async () => {
    await copies(2, NEWER)
    clock.advance(2 * MINUTE)
    const { db, ...deps } = gatehouse.deps()
    const lose = () => Promise.reject(new Conflict('lost a race', {}))
    const write = once(lose, (statements: readonly Statement[]) => db.write(statements)) as Database['write']
    expect(await fireDueTimers({ ...deps, db: { ...db, write } }, deps.now() + MINUTE)).toBe(1)
    expect(errors()).toHaveLength(2)
  })

  it('and one that is not there any more is named', async () => {
    clock.advance(2 * MINUTE)
    const late = await aLateProcess()
    await database.client.execute('DELETE FROM instances')
    expect(await fireDueTimers(late, late.now() + MINUTE)).toBe(0)
    expect(errors().map(({ message, error }) => [message, error])).toEqual([
      ['not woken', 'nothing waited for it'],
    ])
  })

  it('and one that another has just woken is nobody’s mistake', async () => {
    clock.advance(2 * MINUTE)
    const late = await aLateProcess()
    await wakeAll()
    expect(await fireDueTimers(late, late.now() + MINUTE)).toBe(1)
    expect(errors()).toEqual([])
    expect(await woken()).toHaveLength(1)
  })
})

/** Does something else the first time. */
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
  ['woken', selectDue(lifecycles.machines, 0, 1)],
  ['looked at', selectDueChecks(lifecycles.machines, 0, 1)],
])('what is to be %s is found by its time, not among all there is', async (_, { sql, args }) => {
  const plan = await database.rows(`EXPLAIN QUERY PLAN ${sql}`, args as (string | number)[])
  expect(plan.map(({ detail }) => detail)).toContainEqual(
    expect.stringMatching(/^SEARCH instances USING INDEX instances_(wake|check)_at/),
  )
})
