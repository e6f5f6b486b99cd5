/**
 * Many concurrent writers: webhooks, clients, operators and fetches, in four processes on one database. A writer that loses a
 * race retries from a fresh read. The end is Stripe's truth, and a history without gaps.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import {
  startGatehouse,
  STRIPE_URL,
  type Answer,
  type Gatehouse,
  type Process,
} from '../support/gatehouse.ts'
import { expectTruth } from '../support/stack/truth.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let processes: Process[]

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database, { simulator: { concurrency: 16 } })
  processes = Array.from({ length: 4 }, () => gatehouse.process())
  let turn = 0
  gatehouse.deliverTo({ fetch: async (request) => processOf((turn += 1)).fetch(request) })
})
afterAll(() => database.stop())

const processOf = (index: number) => processes[index % processes.length] ?? gatehouse

/** Sends one request through one of the processes, and retries it until it is answered. */
type Writer = (index: number) => Promise<unknown>

const ANSWERS = [200, 201, 402, 409]

async function write(index: number, path: string, body?: object): Promise<Answer> {
  for (;;) {
    const through = processOf(index).fetch
    // oxlint-disable-next-line no-await-in-loop
    const answer = await gatehouse.call('POST', path, { ...(body && { body }), through })
    if (ANSWERS.includes(answer.status)) return answer
    expect(answer.status, JSON.stringify(answer.body)).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
  }
}

/** Concurrent writers of one account: webhooks, payments, an operator's holds and releases, refreshes. */
const writersOf = (account: string): Writer[] => {
  const at = `/v1/accounts/${account}`
  const move = (name: string) => () => gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move: name })
  const pay = { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
  return [
    move('requirements_due'),
    (index) => write(index, `${at}/hold`, { reason: `hold ${index}` }),
    (index) => write(index, `${at}/refresh`),
    move('enabled'),
    (index) => write(index, `${at}/payments`, pay),
    (index) => write(index, `${at}/release`, { reason: `release ${index}` }),
    (index) => write(index, `${at}/refresh`),
    move('requirements_past_due'),
    (index) => write(index, `${at}/payments`, pay),
    move('enabled'),
  ]
}

/** Accounts that became known by a webhook. */
async function knownAccounts(count: number): Promise<string[]> {
  const { ids } = (await gatehouse.sim('POST', '/_sim/accounts', { state: 'enabled', count })) as {
    ids: string[]
  }
  await Promise.all(
    ids.map((id) => gatehouse.sim('POST', `/_sim/accounts/${id}/move`, { move: 'bank_changed' })),
  )
  await settle()
  return ids
}

async function settle(): Promise<void> {
  const owing = () => processes.flatMap(({ deferred }) => [...deferred])
  do {
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all([gatehouse.settle(), ...owing()])
  } while (owing().length > 0)
}

/** Runs the writers concurrently, then all work they owe. Returns how many commits were retried, and the number of retries. */
async function race(writers: readonly Writer[]): Promise<{ retried: number; retries: number }> {
  await Promise.all([...writers.map((writer, index) => writer(index)), gatehouse.simulator.settle()])
  await settle()
  await gatehouse.cron()
  await settle()
  const retried = gatehouse.log.filter(({ message }) => message === 'committed after retries')
  return {
    retried: retried.length,
    retries: retried.reduce((sum, entry) => sum + Number(entry['attempts']) - 1, 0),
  }
}

async function expectStripesTruth(): Promise<void> {
  await expectTruth(database, {
    gatehouse,
    scheduler: { run: (work) => work() },
    process: () => processOf(0) as Process,
    async stripe(method, path, _, account = '') {
      const headers = { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account }
      const request = new Request(`${STRIPE_URL}${path}`, { method, headers })
      return (await gatehouse.simulator.fetch(request)).json()
    },
  })
}

/** Each history row starts in the state in which the row before it ended. */
async function expectUnbrokenHistory(): Promise<void> {
  const rows = await database.rows(
    'SELECT machine, id, seq, from_value, to_value FROM transitions ORDER BY machine, id, seq',
  )
  const broken = rows.filter((row, index) => {
    const before = rows[index - 1]
    const isFirst = row['seq'] === 1
    return !isFirst && row['from_value'] !== before?.['to_value']
  })
  expect(broken).toEqual([])
}

describe('concurrent writers', () => {
  it('50 on one account end in Stripe’s truth with an unbroken history', async () => {
    const [account = ''] = await knownAccounts(1)
    const writers = writersOf(account)
    const { retried, retries } = await race(Array.from({ length: 5 }, () => writers).flat())
    console.log(`50 writers on one account: ${retried} commits needed ${retries} retries`)
    expect(retries).toBeGreaterThan(0)
    await expectStripesTruth()
    await expectUnbrokenHistory()
  })

  it('200 on 100 accounts end in Stripe’s truth with an unbroken history', async () => {
    const accounts = await knownAccounts(100)
    const writers = accounts.flatMap((account, index) => {
      const all = writersOf(account)
      return [all[(index * 2) % all.length], all[(index * 2 + 1) % all.length]] as Writer[]
    })
    const { retried, retries } = await race(writers)
    console.log(`200 writers on 100 accounts: ${retried} commits needed ${retries} retries`)
    await expectStripesTruth()
    await expectUnbrokenHistory()
  })
})
