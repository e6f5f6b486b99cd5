/** `advance` with a failing database: what it retries, for how long, and that nothing is done twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { advance, type AdvanceDeps } from '../../src/engine/advance.ts'
import type { UnitOfWork, InstanceEvent, AdvanceResult } from '../../src/engine/unit-of-work.ts'
import { loadedFrom, plan } from '../../src/engine/plan.ts'
import { webhookUnit } from '../../src/engine/inbox.ts'
import {
  Conflict,
  StorageUnavailable,
  Unstorable,
  type Database,
  type Results,
  type Statement,
} from '../../src/store/database.ts'
import { selectInstance } from '../../src/store/instances.ts'
import type { Owed } from '../../src/store/outbox.ts'
import { insertTransition, type Transition } from '../../src/store/transitions.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { sql } from '../support/sql.ts'
import { anAccountEvent } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

let database: TestDatabase
let db: Database

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  db = database.open()
})
afterAll(() => database.stop())

const HOUR = 3_600_000
const START = 1_800_000_000_000

/** What happens to a write; null: it succeeds. */
type Fate = ((write: () => Promise<unknown>) => Promise<unknown>) | null

const conflict: Fate = () => Promise.reject(new Conflict('UNIQUE constraint failed', {}))
const unstorable: Fate = () => Promise.reject(new Unstorable('string or blob too big', {}))
const busy: Fate = () => Promise.reject(unavailable(false))
const lostBefore: Fate = () => Promise.reject(unavailable(true))
const lostAfter: Fate = async (write) => {
  await write()
  throw unavailable(true)
}
/** The write is lost, and another process commits before the retry. */
const overtakenBy =
  (meanwhile: () => Promise<unknown>): Fate =>
  async () => {
    await meanwhile()
    throw unavailable(true)
  }

function unavailable(outcomeUnknown: boolean): StorageUnavailable {
  return new StorageUnavailable('no answer', { cause: null, outcomeUnknown })
}

/** A process whose first writes meet these fates, one each; later writes succeed. */
function aProcess(fates: Fate[] = [], over: { tick?: number; random?: number } = {}) {
  let time = START
  const recorded = {
    reads: 0,
    writes: [] as (readonly Statement[])[],
    slept: [] as number[],
    logged: [] as unknown[],
    ran: [] as Owed[],
  }
  const deps: AdvanceDeps = {
    lifecycles,
    config: { factsMaxAgeMs: 24 * HOUR },
    db: {
      read: (statements) => {
        recorded.reads += 1
        return db.read(statements)
      },
      write: async (statements) => {
        recorded.writes.push(statements)
        const fate = fates.shift()
        const write = () => db.write(statements)
        return (await (fate ? fate(write) : write())) as Results<typeof statements>
      },
    },
    now: () => time,
    random: () => over.random ?? 1,
    sleep: async (ms) => {
      recorded.slept.push(ms)
      time += over.tick ?? 0
    },
    log: (entry) => void recorded.logged.push(entry),
    runSoon: (owed) => void recorded.ran.push(...owed),
  }
  return { deps, recorded, advance: (units: UnitOfWork[]) => advance(deps, units) }
}

const webhook = (account: string, over: Record<string, unknown> = {}): UnitOfWork => {
  const event = EventEnvelope.parse(anAccountEvent(account, { created: START / 1000, ...over }))
  return webhookUnit(lifecycles, event, { source: 'connect', cause: { kind: 'webhook', id: event.id } })
}
const hold = (account: string, by: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'operator.held', reason: 'suspected fraud', by, at: START },
})
const holdBy = (account: string, by = 'op', id = `held-by-${by}`): UnitOfWork => ({
  cause: { kind: 'operator', id },
  events: [hold(account, by)],
})

const release = (account: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'operator.released', reason: 'fine', by: 'op', at: START },
})
const unitOf = (instanceEvent: InstanceEvent): UnitOfWork => ({
  cause: { kind: 'operator', id: 'why' },
  events: [instanceEvent],
})
const repriced = (account: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'fee_policy.set', policy: { bps: 100 } },
})

/** For each event, the seq that its instance moved to, or the result if it did not move. */
const moves = (outcomes: AdvanceResult[]) =>
  outcomes.map((outcome) =>
    outcome.kind === 'applied'
      ? outcome.results.map((result) => (result.kind === 'moved' ? result.live.context.seq : result.kind))
      : outcome.kind,
  )
const history = async () =>
  (
    await database.rows(
      "SELECT id || ' ' || seq || ' ' || cause_id AS line FROM transitions ORDER BY id, seq",
    )
  ).map(({ line }) => line)
const makeKnown = async (...accounts: string[]) => {
  for (const account of accounts) {
    // oxlint-disable-next-line no-await-in-loop
    await aProcess().advance([{ ...webhook(account), cause: { kind: 'webhook', id: 'first' } }])
  }
}

/** The history row that the unit would write now. */
async function rowOf(unit: UnitOfWork): Promise<Transition> {
  const [instanceEvent] = unit.events
  if (!instanceEvent) throw new Error('the unit has no event')
  const [row] = await db.read([selectInstance(instanceEvent.machine, instanceEvent.id)])
  const loaded = loadedFrom(instanceEvent.machine, instanceEvent.id, row)
  const [first] = plan([unit], loaded, { lifecycles, now: START, factsMaxAgeMs: 0 }).transitions
  if (!first) throw new Error('the unit moves nothing')
  return first
}

/** Moves the instance once more, as another process would. */
const ONE_MORE = sql(
  "UPDATE instances SET seq = 2, context = json_set(context, '$.seq', 2) WHERE id = 'acct_1'",
)

describe('a group of units', () => {
  it('costs one read and one write, and its effects run soon', async () => {
    const process = aProcess()
    const outcomes = await process.advance([
      webhook('acct_1'),
      webhook('acct_2'),
      webhook('acct_1', { created: START / 1000 + 9 }),
    ])
    expect(moves(outcomes)).toEqual([[1], [1], [2]])
    expect(process.recorded.reads).toBe(1)
    expect(process.recorded.writes).toHaveLength(1)
    expect(process.recorded.ran.map(({ name }) => name)).toEqual(['account:acct_1:1:0', 'account:acct_2:1:0'])
    expect(process.recorded.logged).toEqual([])
    expect(process.recorded.slept).toEqual([])
  })

  it('that moves nothing is not written', async () => {
    const process = aProcess()
    expect(moves(await process.advance([holdBy('acct_1')]))).toEqual([['unknown']])
    expect(process.recorded.writes).toEqual([])
  })

  it('that owes no effect runs none', async () => {
    await makeKnown('acct_1')
    let runs = 0
    const process = aProcess()
    await advance({ ...process.deps, runSoon: () => void (runs += 1) }, [holdBy('acct_1')])
    expect(runs).toBe(0)
  })

  it('needs no read if the caller has just read every instance, unless one has changed since', async () => {
    await makeKnown('acct_1', 'acct_2')
    const [row] = await db.read([selectInstance('account', 'acct_1')])
    const loaded = loadedFrom('account', 'acct_1', row)
    const trips = async (fates: Fate[], ...units: UnitOfWork[]) => {
      const process = aProcess(fates)
      const outcomes = await advance(process.deps, units, loaded)
      return [process.recorded.reads, process.recorded.writes.length, moves(outcomes)]
    }
    expect(await trips([], holdBy('acct_2'))).toEqual([1, 1, [[2]]])
    expect(await trips([], holdBy('acct_1', 'one'))).toEqual([0, 1, [[2]]])
    // The account is held by now. The stale row is noticed by the conflict of the write.
    expect(await trips([], holdBy('acct_1', 'two'))).toEqual([1, 1, [['unmoved']]])
  })
})

describe('a lost race', () => {
  it('is retried from a fresh read, with growing waits', async () => {
    await makeKnown('acct_1')
    const process = aProcess([conflict, conflict])
    expect(moves(await process.advance([holdBy('acct_1')]))).toEqual([[2]])
    expect(process.recorded.slept).toEqual([20, 40])
    expect(process.recorded.reads).toBe(3)
    expect(process.recorded.logged).toEqual([
      { level: 'info', message: 'committed after retries', attempts: 3 },
    ])
  })

  it('is given up after sixteen tries, with nothing committed', async () => {
    await makeKnown('acct_1')
    const process = aProcess(
      Array.from({ length: 20 }, () => conflict),
      { random: 0.5 },
    )
    const lost = await process.advance([holdBy('acct_1')]).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(StorageUnavailable)
    expect(lost).toMatchObject({ message: 'lost the race 16 times', outcomeUnknown: false })
    expect((lost as Error).cause).toBeInstanceOf(Conflict)
    expect(process.recorded.writes).toHaveLength(16)
    expect(process.recorded.slept).toEqual([10, 20, 40, 80, 160, ...Array.from({ length: 10 }, () => 200)])
  })

  it('is given up after nine seconds', async () => {
    await makeKnown('acct_1')
    const tries = async (tick: number) => {
      const process = aProcess(
        Array.from({ length: 20 }, () => conflict),
        { tick },
      )
      await expect(process.advance([holdBy('acct_1')])).rejects.toThrow('lost the race')
      return process.recorded.writes.length
    }
    expect(await tries(9_000)).toBe(3)
    expect(await tries(9_001)).toBe(2)
  })

  it('of a group is retried unit by unit, and each unit keeps its place in the results', async () => {
    await makeKnown('acct_1', 'acct_2')
    const process = aProcess([conflict, null, conflict])
    const outcomes = await process.advance([holdBy('acct_1'), holdBy('acct_3'), holdBy('acct_2')])
    expect(moves(outcomes)).toEqual([[2], ['unknown'], [2]])
    // The group, the first unit, the third unit, and its retry.
    expect(process.recorded.writes).toHaveLength(4)
    expect(process.recorded.slept).toEqual([20])
  })
})

describe('a commit without an answer', () => {
  it('is found by its history row, and nothing is done twice', async () => {
    const process = aProcess([lostAfter])
    const outcomes = await process.advance([webhook('acct_1'), webhook('acct_2')])
    expect(moves(outcomes)).toEqual([[1], [1]])
    expect(process.recorded.writes).toHaveLength(1)
    expect(process.recorded.ran.map(({ name }) => name)).toEqual(['account:acct_1:1:0', 'account:acct_2:1:0'])
    expect(await database.rows('SELECT seq FROM transitions')).toHaveLength(2)
    expect(process.recorded.logged).toEqual([
      { level: 'info', message: 'committed after retries', attempts: 2 },
    ])
  })

  it('that did not happen is written again, as one group', async () => {
    const process = aProcess([lostBefore])
    expect(moves(await process.advance([webhook('acct_1'), webhook('acct_2')]))).toEqual([[1], [1]])
    expect(process.recorded.writes).toHaveLength(2)
    expect(await database.rows('SELECT seq FROM transitions')).toHaveLength(2)
  })

  it('without a move is simply written again', async () => {
    await makeKnown('acct_1')
    const process = aProcess([lostBefore])
    const ignored = webhook('acct_1', { type: 'customer.created' })
    await process.advance([ignored])
    expect(process.recorded.writes).toHaveLength(2)
    expect(await database.rows("SELECT id FROM inbox WHERE outcome = 'ignored'")).toHaveLength(1)
  })

  it('is found by the row of the retry that committed, not of an earlier try', async () => {
    await makeKnown('acct_1')
    const other = () =>
      aProcess().advance([{ cause: { kind: 'clock', id: 'c' }, events: [repriced('acct_1')] }])
    const process = aProcess([overtakenBy(other), lostAfter])
    expect(moves(await process.advance([holdBy('acct_1')]))).toEqual([[3]])
    expect(await history()).toEqual(['acct_1 1 first', 'acct_1 2 c', 'acct_1 3 held-by-op'])
    expect(process.recorded.writes).toHaveLength(2)
  })

  it('is not confused with the row of another instance', async () => {
    await makeKnown('acct_1', 'acct_2')
    const both: UnitOfWork = {
      cause: { kind: 'operator', id: 'both' },
      events: [hold('acct_1', 'op'), hold('acct_2', 'op')],
    }
    // Another operator holds the first account before the retry.
    const process = aProcess([overtakenBy(() => aProcess().advance([holdBy('acct_1')])), lostAfter])
    expect(moves(await process.advance([both]))).toEqual([['unmoved', 2]])
    expect(await history()).toEqual([
      'acct_1 1 first',
      'acct_1 2 held-by-op',
      'acct_2 1 first',
      'acct_2 2 both',
    ])
  })

  it.each([
    ['by another operator', { cause: { kind: 'operator', id: 'another' } }],
    ['by another kind of cause', { cause: { kind: 'command', id: 'held-by-op' } }],
    ['at another time', { at: START - 1 }],
    ['with other changes', { changed: { other: [1, 2] as [unknown, unknown] } }],
  ])('is not confused with a row written %s', async (_, over) => {
    await makeKnown('acct_1')
    const mine = await rowOf(holdBy('acct_1'))
    const theirs = { ...mine, ...over }
    const overtaken = aProcess([overtakenBy(() => db.write([insertTransition(theirs), ONE_MORE]))])
    expect(moves(await overtaken.advance([holdBy('acct_1')]))).toEqual([[3]])
  })

  it('counts as committed if the identical row is stored', async () => {
    await makeKnown('acct_1')
    const mine = await rowOf(holdBy('acct_1'))
    const process = aProcess([overtakenBy(() => db.write([insertTransition(mine), ONE_MORE]))])
    expect(moves(await process.advance([holdBy('acct_1')]))).toEqual([[2]])
    expect(process.recorded.writes).toHaveLength(1)
  })

  it('stays ambiguous when the tries run out', async () => {
    await makeKnown('acct_1')
    const process = aProcess(Array.from({ length: 20 }, () => lostBefore))
    await expect(process.advance([holdBy('acct_1')])).rejects.toMatchObject({
      message: 'no answer',
      outcomeUnknown: true,
    })
    expect(process.recorded.writes).toHaveLength(16)
  })
})

describe('a database error', () => {
  it('that certainly wrote nothing is not retried: the database layer has retried it', async () => {
    await makeKnown('acct_1')
    const process = aProcess([busy])
    await expect(process.advance([holdBy('acct_1')])).rejects.toMatchObject({ outcomeUnknown: false })
    expect(process.recorded.writes).toHaveLength(1)
  })

  it('that refuses a unit for good records it as failed, and only that unit of its group', async () => {
    const process = aProcess([unstorable, unstorable])
    const outcomes = await process.advance([webhook('acct_1'), webhook('acct_2')])
    expect(moves(outcomes)).toEqual(['failed', [1]])
    const [failed] = await database.rows("SELECT detail FROM inbox WHERE outcome = 'failed'")
    expect(failed?.['detail']).toContain('Unstorable')
    expect(await history()).toHaveLength(1)
  })

  it('that also refuses the record of the failure is thrown', async () => {
    const process = aProcess([unstorable, unstorable])
    await expect(process.advance([webhook('acct_1')])).rejects.toBeInstanceOf(Unstorable)
    expect(process.recorded.writes).toHaveLength(2)
  })

  it('for a unit without `record` is thrown', async () => {
    await makeKnown('acct_1')
    const process = aProcess([unstorable])
    await expect(process.advance([holdBy('acct_1')])).rejects.toBeInstanceOf(Unstorable)
    expect(process.recorded.writes).toHaveLength(1)
  })
})

it('an error thrown by `record` ends the advance, and nothing is committed', async () => {
  const unit: UnitOfWork = {
    ...webhook('acct_1'),
    record: () => {
      throw new RangeError('not like this')
    },
  }
  await expect(aProcess().advance([unit])).rejects.toThrow(RangeError)
  expect(await history()).toEqual([])
})

it('a read that the database refuses for good is not retried', async () => {
  const { deps } = aProcess()
  const read = () => Promise.reject(new Unstorable('too many arguments', {}))
  await expect(advance({ ...deps, db: { ...deps.db, read } }, [webhook('acct_1')])).rejects.toThrow(
    Unstorable,
  )
})

it('an external id that another instance has is looked up, and stays with it', async () => {
  const begin = (account: string, external_id: string | null): UnitOfWork => {
    const [instanceEvent] = webhook(account).events
    return unitOf({
      ...(instanceEvent as InstanceEvent),
      begin: { id: account, external_id, metadata: {}, fee_policy: null },
    })
  }
  const naming = (account: string, external_id: string): UnitOfWork =>
    unitOf({ machine: 'account', id: account, account, event: { type: 'account.named', external_id } })

  const named = async () =>
    (
      await database.rows('SELECT id, external_id FROM instances WHERE external_id IS NOT NULL ORDER BY id')
    ).map(({ id, external_id }) => [id, external_id])

  await aProcess().advance([begin('acct_1', 'shop'), begin('acct_2', null)])
  await aProcess().advance([begin('acct_3', 'shop'), begin('acct_4', 'stall')])
  expect(await named()).toEqual([
    ['acct_1', 'shop'],
    ['acct_4', 'stall'],
  ])
  const [taken] = await aProcess().advance([naming('acct_2', 'stall')])
  expect(taken).toMatchObject({ kind: 'applied', results: [{ kind: 'unmoved', why: 'external_id_taken' }] })
  expect(moves(await aProcess().advance([naming('acct_2', 'market')]))).toEqual([[2]])
  expect(await named()).toContainEqual(['acct_2', 'market'])
})

describe('a unit that must be handled once', () => {
  it('is a duplicate the second time, and blocks no other unit', async () => {
    await makeKnown('acct_2')
    const unit = webhook('acct_1')
    await aProcess().advance([unit])
    const process = aProcess()
    expect(moves(await process.advance([unit, holdBy('acct_2')]))).toEqual(['duplicate', [2]])
    expect(await history()).toHaveLength(3)
  })

  it('may be a client’s request that was answered', async () => {
    await makeKnown('acct_1')
    const once = (key: string, client = 'web') => ({ ...holdBy('acct_1', key), once: { client, key } })
    await database.client.execute(
      "INSERT INTO requests (client, key, fingerprint, status, body, created_at) VALUES ('web', 'done', '', 200, '{}', 1)",
    )
    await database.client.execute(
      "INSERT INTO requests (client, key, fingerprint, created_at) VALUES ('web', 'under way', '', 1)",
    )
    expect(moves(await aProcess().advance([once('done')]))).toEqual(['duplicate'])
    expect(moves(await aProcess().advance([once('done', 'app')]))).toEqual([[2]])
    await aProcess().advance([{ cause: { kind: 'operator', id: 'r' }, events: [release('acct_1')] }])
    expect(moves(await aProcess().advance([once('under way'), once('done')]))).toEqual([[4], 'duplicate'])
  })
})
