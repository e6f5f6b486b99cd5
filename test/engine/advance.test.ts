/** The only way in, while the database fails it: what is tried again, for how long, and that nothing happens twice. */
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

/** What a write meets instead of being done as it should; null: nothing. */
type Fate = ((write: () => Promise<unknown>) => Promise<unknown>) | null

const conflict: Fate = () => Promise.reject(new Conflict('UNIQUE constraint failed', {}))
const unstorable: Fate = () => Promise.reject(new Unstorable('string or blob too big', {}))
const busy: Fate = () => Promise.reject(unavailable(false))
const lostBefore: Fate = () => Promise.reject(unavailable(true))
const lostAfter: Fate = async (write) => {
  await write()
  throw unavailable(true)
}
/** Lost, and somebody else was there before it is tried again. */
const overtakenBy =
  (meanwhile: () => Promise<unknown>): Fate =>
  async () => {
    await meanwhile()
    throw unavailable(true)
  }

function unavailable(outcomeUnknown: boolean): StorageUnavailable {
  return new StorageUnavailable('no answer', { cause: null, outcomeUnknown })
}

/** A process to which writes happen as told, one fate each, and then as they should. */
function aProcess(fates: Fate[] = [], over: { tick?: number; random?: number } = {}) {
  let time = START
  const observation = {
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
        observation.reads += 1
        return db.read(statements)
      },
      write: async (statements) => {
        observation.writes.push(statements)
        const fate = fates.shift()
        const write = () => db.write(statements)
        return (await (fate ? fate(write) : write())) as Results<typeof statements>
      },
    },
    now: () => time,
    random: () => over.random ?? 1,
    sleep: async (ms) => {
      observation.slept.push(ms)
      time += over.tick ?? 0
    },
    log: (entry) => void observation.logged.push(entry),
    runSoon: (owed) => void observation.ran.push(...owed),
  }
  return { deps, observation, advance: (units: UnitOfWork[]) => advance(deps, units) }
}

const heard = (account: string, over: Record<string, unknown> = {}): UnitOfWork => {
  const event = EventEnvelope.parse(anAccountEvent(account, { created: START / 1000, ...over }))
  return webhookUnit(lifecycles, event, { source: 'connect', cause: { kind: 'webhook', id: event.id } })
}
const hold = (account: string, by: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'operator.held', reason: 'looked at', by, at: START },
})
const held = (account: string, by = 'op', id = `held-by-${by}`): UnitOfWork => ({
  cause: { kind: 'operator', id },
  events: [hold(account, by)],
})

const release = (account: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'operator.released', reason: 'fine', by: 'op', at: START },
})
const because = (instanceEvent: InstanceEvent): UnitOfWork => ({
  cause: { kind: 'operator', id: 'why' },
  events: [instanceEvent],
})
const repriced = (account: string): InstanceEvent => ({
  machine: 'account',
  id: account,
  account,
  event: { type: 'fee_policy.set', policy: { bps: 100 } },
})

/** The seq that each happening has moved its instance to, or what it came to instead. */
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
    await aProcess().advance([{ ...heard(account), cause: { kind: 'webhook', id: 'first' } }])
  }
}

/** The history row that an arrival would write now. */
async function rowOf(unit: UnitOfWork): Promise<Transition> {
  const [instanceEvent] = unit.events
  if (!instanceEvent) throw new Error('nothing happens')
  const [row] = await db.read([selectInstance(instanceEvent.machine, instanceEvent.id)])
  const loaded = loadedFrom(instanceEvent.machine, instanceEvent.id, row)
  const [first] = plan([unit], loaded, { lifecycles, now: START, factsMaxAgeMs: 0 }).transitions
  if (!first) throw new Error('nothing moves')
  return first
}

/** The row of an instance that somebody has moved once more. */
const ONE_MORE = sql(
  "UPDATE instances SET seq = 2, context = json_set(context, '$.seq', 2) WHERE id = 'acct_1'",
)

describe('what arrives', () => {
  it('is read once and written once, however many come together, and its effects are run soon', async () => {
    const process = aProcess()
    const outcomes = await process.advance([
      heard('acct_1'),
      heard('acct_2'),
      heard('acct_1', { created: START / 1000 + 9 }),
    ])
    expect(moves(outcomes)).toEqual([[1], [1], [2]])
    expect(process.observation.reads).toBe(1)
    expect(process.observation.writes).toHaveLength(1)
    expect(process.observation.ran.map(({ name }) => name)).toEqual([
      'account:acct_1:1:0',
      'account:acct_2:1:0',
    ])
    expect(process.observation.logged).toEqual([])
    expect(process.observation.slept).toEqual([])
  })

  it('and moves nothing is not written', async () => {
    const process = aProcess()
    expect(moves(await process.advance([held('acct_1')]))).toEqual([['unknown']])
    expect(process.observation.writes).toEqual([])
  })

  it('and owes nothing has nothing run', async () => {
    await makeKnown('acct_1')
    let asked = 0
    const process = aProcess()
    await advance({ ...process.deps, runSoon: () => void (asked += 1) }, [held('acct_1')])
    expect(asked).toBe(0)
  })

  it('on what was just read is not read again, unless that was not all, or has changed since', async () => {
    await makeKnown('acct_1', 'acct_2')
    const [row] = await db.read([selectInstance('account', 'acct_1')])
    const loaded = loadedFrom('account', 'acct_1', row)
    const trips = async (fates: Fate[], ...units: UnitOfWork[]) => {
      const process = aProcess(fates)
      const outcomes = await advance(process.deps, units, loaded)
      return [process.observation.reads, process.observation.writes.length, moves(outcomes)]
    }
    expect(await trips([], held('acct_2'))).toEqual([1, 1, [[2]]])
    expect(await trips([], held('acct_1', 'one'))).toEqual([0, 1, [[2]]])
    // By now it is held, which the one who comes with what was read before finds out only when it writes.
    expect(await trips([], held('acct_1', 'two'))).toEqual([1, 1, [['unmoved']]])
  })
})

describe('a lost race', () => {
  it('is run again on what is stored by then, later each time', async () => {
    await makeKnown('acct_1')
    const process = aProcess([conflict, conflict])
    expect(moves(await process.advance([held('acct_1')]))).toEqual([[2]])
    expect(process.observation.slept).toEqual([20, 40])
    expect(process.observation.reads).toBe(3)
    expect(process.observation.logged).toEqual([{ level: 'info', message: 'committed again', attempts: 3 }])
  })

  it('is given up after sixteen tries, as nothing that was stored, and can come again', async () => {
    await makeKnown('acct_1')
    const process = aProcess(
      Array.from({ length: 20 }, () => conflict),
      { random: 0.5 },
    )
    const lost = await process.advance([held('acct_1')]).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(StorageUnavailable)
    expect(lost).toMatchObject({ message: 'lost the race 16 times', outcomeUnknown: false })
    expect((lost as Error).cause).toBeInstanceOf(Conflict)
    expect(process.observation.writes).toHaveLength(16)
    expect(process.observation.slept).toEqual([10, 20, 40, 80, 160, ...Array.from({ length: 10 }, () => 200)])
  })

  it('is given up when nobody would wait any longer', async () => {
    await makeKnown('acct_1')
    const tries = async (tick: number) => {
      const process = aProcess(
        Array.from({ length: 20 }, () => conflict),
        { tick },
      )
      await expect(process.advance([held('acct_1')])).rejects.toThrow('lost the race')
      return process.observation.writes.length
    }
    expect(await tries(9_000)).toBe(3)
    expect(await tries(9_001)).toBe(2)
  })

  it('of several is found out one by one, and each has its own outcome in its own place', async () => {
    await makeKnown('acct_1', 'acct_2')
    const process = aProcess([conflict, null, conflict])
    const outcomes = await process.advance([held('acct_1'), held('acct_3'), held('acct_2')])
    expect(moves(outcomes)).toEqual([[2], ['unknown'], [2]])
    // All of them, the first, the third, and the third again.
    expect(process.observation.writes).toHaveLength(4)
    expect(process.observation.slept).toEqual([20])
  })
})

describe('an answer that was lost', () => {
  it('is told by its history row, and nothing is done twice', async () => {
    const process = aProcess([lostAfter])
    const outcomes = await process.advance([heard('acct_1'), heard('acct_2')])
    expect(moves(outcomes)).toEqual([[1], [1]])
    expect(process.observation.writes).toHaveLength(1)
    expect(process.observation.ran.map(({ name }) => name)).toEqual([
      'account:acct_1:1:0',
      'account:acct_2:1:0',
    ])
    expect(await database.rows('SELECT seq FROM transitions')).toHaveLength(2)
    expect(process.observation.logged).toEqual([{ level: 'info', message: 'committed again', attempts: 2 }])
  })

  it('of a batch that was not taken is written again, several together', async () => {
    const process = aProcess([lostBefore])
    expect(moves(await process.advance([heard('acct_1'), heard('acct_2')]))).toEqual([[1], [1]])
    expect(process.observation.writes).toHaveLength(2)
    expect(await database.rows('SELECT seq FROM transitions')).toHaveLength(2)
  })

  it('of what moves nothing is simply written again', async () => {
    await makeKnown('acct_1')
    const process = aProcess([lostBefore])
    const ignored = heard('acct_1', { type: 'customer.created' })
    await process.advance([ignored])
    expect(process.observation.writes).toHaveLength(2)
    expect(await database.rows("SELECT id FROM inbox WHERE outcome = 'ignored'")).toHaveLength(1)
  })

  it('is told of the try that was taken, not of one before it', async () => {
    await makeKnown('acct_1')
    const other = () =>
      aProcess().advance([{ cause: { kind: 'clock', id: 'c' }, events: [repriced('acct_1')] }])
    const process = aProcess([overtakenBy(other), lostAfter])
    expect(moves(await process.advance([held('acct_1')]))).toEqual([[3]])
    expect(await history()).toEqual(['acct_1 1 first', 'acct_1 2 c', 'acct_1 3 held-by-op'])
    expect(process.observation.writes).toHaveLength(2)
  })

  it('is told apart from that of another instance by which it was', async () => {
    await makeKnown('acct_1', 'acct_2')
    const both: UnitOfWork = {
      cause: { kind: 'operator', id: 'both' },
      events: [hold('acct_1', 'op'), hold('acct_2', 'op')],
    }
    // The first is held by somebody else by the time it is tried again.
    const process = aProcess([overtakenBy(() => aProcess().advance([held('acct_1')])), lostAfter])
    expect(moves(await process.advance([both]))).toEqual([['unmoved', 2]])
    expect(await history()).toEqual([
      'acct_1 1 first',
      'acct_1 2 held-by-op',
      'acct_2 1 first',
      'acct_2 2 both',
    ])
  })

  it.each([
    ['by somebody else', { cause: { kind: 'operator', id: 'another' } }],
    ['for another kind of reason', { cause: { kind: 'command', id: 'held-by-op' } }],
    ['at another time', { at: START - 1 }],
    ['and changed something else', { changed: { other: [1, 2] as [unknown, unknown] } }],
  ])('is not taken for a change that was made %s', async (_, over) => {
    await makeKnown('acct_1')
    const mine = await rowOf(held('acct_1'))
    const theirs = { ...mine, ...over }
    const overtaken = aProcess([overtakenBy(() => db.write([insertTransition(theirs), ONE_MORE]))])
    expect(moves(await overtaken.advance([held('acct_1')]))).toEqual([[3]])
  })

  it('is told where the very row is there, whoever wrote the answer', async () => {
    await makeKnown('acct_1')
    const mine = await rowOf(held('acct_1'))
    const process = aProcess([overtakenBy(() => db.write([insertTransition(mine), ONE_MORE]))])
    expect(moves(await process.advance([held('acct_1')]))).toEqual([[2]])
    expect(process.observation.writes).toHaveLength(1)
  })

  it('still has its doubt when it ends', async () => {
    await makeKnown('acct_1')
    const process = aProcess(Array.from({ length: 20 }, () => lostBefore))
    await expect(process.advance([held('acct_1')])).rejects.toMatchObject({
      message: 'no answer',
      outcomeUnknown: true,
    })
    expect(process.observation.writes).toHaveLength(16)
  })
})

describe('a database that is certain', () => {
  it('that nothing was written is not tried again: it has tried that itself', async () => {
    await makeKnown('acct_1')
    const process = aProcess([busy])
    await expect(process.advance([held('acct_1')])).rejects.toMatchObject({ outcomeUnknown: false })
    expect(process.observation.writes).toHaveLength(1)
  })

  it('that it will never take an arrival has it recorded as failed, and only that one of several', async () => {
    const process = aProcess([unstorable, unstorable])
    const outcomes = await process.advance([heard('acct_1'), heard('acct_2')])
    expect(moves(outcomes)).toEqual(['failed', [1]])
    const [failed] = await database.rows("SELECT detail FROM inbox WHERE outcome = 'failed'")
    expect(failed?.['detail']).toContain('Unstorable')
    expect(await history()).toHaveLength(1)
  })

  it('that it will not take even that says so', async () => {
    const process = aProcess([unstorable, unstorable])
    await expect(process.advance([heard('acct_1')])).rejects.toBeInstanceOf(Unstorable)
    expect(process.observation.writes).toHaveLength(2)
  })

  it('of what nobody would record says so', async () => {
    await makeKnown('acct_1')
    const process = aProcess([unstorable])
    await expect(process.advance([held('acct_1')])).rejects.toBeInstanceOf(Unstorable)
    expect(process.observation.writes).toHaveLength(1)
  })
})

it('what is thrown by who records it ends the advance, and nothing is committed', async () => {
  const unit: UnitOfWork = {
    ...heard('acct_1'),
    record: () => {
      throw new RangeError('not like this')
    },
  }
  await expect(aProcess().advance([unit])).rejects.toThrow(RangeError)
  expect(await history()).toEqual([])
})

it('a batch that cannot even be read is not tried for ever', async () => {
  const { deps } = aProcess()
  const read = () => Promise.reject(new Unstorable('too many arguments', {}))
  await expect(advance({ ...deps, db: { ...deps.db, read } }, [heard('acct_1')])).rejects.toThrow(Unstorable)
})

it('a name that another carries is looked for, and stays with it', async () => {
  const begin = (account: string, external_id: string | null): UnitOfWork => {
    const [instanceEvent] = heard(account).events
    return because({
      ...(instanceEvent as InstanceEvent),
      begin: { id: account, external_id, metadata: {}, fee_policy: null },
    })
  }
  const naming = (account: string, external_id: string): UnitOfWork =>
    because({ machine: 'account', id: account, account, event: { type: 'account.named', external_id } })

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

describe('what may be handled once only', () => {
  it('is seen the second time, and in nobody’s way', async () => {
    await makeKnown('acct_2')
    const unit = heard('acct_1')
    await aProcess().advance([unit])
    const process = aProcess()
    expect(moves(await process.advance([unit, held('acct_2')]))).toEqual(['duplicate', [2]])
    expect(await history()).toHaveLength(3)
  })

  it('may be a client’s request, once it was answered', async () => {
    await makeKnown('acct_1')
    const once = (key: string, client = 'web') => ({ ...held('acct_1', key), once: { client, key } })
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
