/** The events of one payout, delivered in every order or lost, end in the same state. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import { payout as payoutLifecycle } from '../../machines/payout/payout.ts'
import { lifecycles } from '../../src/lifecycles.ts'
import { advance } from '../../src/engine/advance.ts'
import { refresh } from '../../src/engine/refresh.ts'
import { webhookUnit } from '../../src/engine/inbox.ts'
import { selectInstance } from '../../src/store/instances.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { callStripe } from '../support/elsewhere.ts'
import { aPayee, type Payee } from '../support/payee.ts'
import { sql } from '../support/sql.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let payee: Payee
let payout: string
/** The events of the payout's whole life, oldest first. */
let events: EventEnvelope[]

const DAY_S = 86_400
const PAYOUTS = new Set(['payout.created', 'payout.updated', 'payout.paid', 'payout.failed'])

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  payee = await aPayee(gatehouse)
  const { body } = await payee.payOut()
  payout = body['id']
  await gatehouse.simulator.advance(9 * DAY_S)
  await gatehouse.sim('POST', `/_sim/payouts/${payout}`, { status: 'failed', failure_code: 'account_closed' })
  await gatehouse.settle()
  events = await eventsOfPayout()
})
afterAll(() => database.stop())

it('Stripe sends five events: created, in transit, paid, failed, and the bank account errored', () => {
  expect(events.map(({ type }) => type)).toEqual([
    'payout.created',
    'payout.updated',
    'payout.paid',
    'payout.failed',
    'account.external_account.updated',
  ])
})

it('all 120 orders, each with one duplicate, end in Stripe’s state', async () => {
  const endings = new Map<string, string[]>()
  for (const [index, order] of permutations(events).entries()) {
    const again = order[index % order.length]
    const delivered = [...order, ...(again ? [{ ...again, id: `${again.id}x` }] : [])]
    // oxlint-disable-next-line no-await-in-loop
    const ending = JSON.stringify(await afterDelivery(delivered))
    endings.set(ending, [...(endings.get(ending) ?? []), delivered.map(({ type }) => type).join(' ')])
  }
  expect([...endings.keys()]).toHaveLength(1)
  expect(JSON.parse([...endings.keys()][0] ?? '')).toEqual(await truth())
})

it('a fetch ends in Stripe’s state when all events but the first are lost', async () => {
  await afterDelivery(events.slice(0, 1))
  await fetch('payout', payout)
  expect(await ending(), 'the failed payout alone closes the gate').toMatchObject({
    account: { payouts: 'failing' },
  })
  await fetch('account', payee.account)
  expect(await ending()).toEqual(await truth())
})

it.each([
  ['created by the schedule', 'payout.reconciliation_completed', { status: 'paid', automatic: true }],
  ['canceled', 'payout.canceled', { status: 'canceled', automatic: false }],
])(
  'a payout %s can begin with any of its events, and ends in the same state in every order',
  async (_, type, expected) => {
    const other = await aPayee(gatehouse, { interval: expected.automatic ? 'daily' : 'manual' })
    if (expected.automatic) await gatehouse.simulator.advance(9 * DAY_S)
    else await other.cancel((await other.payOut()).body['id'])
    await gatehouse.settle()
    const theirs = (await other.atStripe()).find(({ automatic }) => automatic === expected.automatic)
    const sent = (await eventsOf(other.account)).filter(({ data }) => idOf(data) === theirs.id)
    expect(sent.map((event) => event.type)).toContain(type)
    const endings = new Set<string>()
    for (const order of permutations(sent)) {
      // oxlint-disable no-await-in-loop
      await forgetAll()
      await deliver(order)
      // Events of one second cannot be ordered, so the payout is suspect and is fetched.
      if ((await storedPayout(theirs.id)).suspect) await fetch('payout', theirs.id)
      endings.add(JSON.stringify(await storedPayout(theirs.id)))
      // oxlint-enable no-await-in-loop
    }
    expect([...endings].map((ending) => JSON.parse(ending))).toMatchObject([
      {
        state: { payout: expected.status },
        suspect: false,
        truth: { ...expected, reconciliation_status: theirs.reconciliation_status },
      },
    ])
  },
)

/** Delivers to an empty database: the account begins with the first event. */
async function afterDelivery(order: readonly EventEnvelope[]) {
  await forgetAll()
  await deliver(order)
  return ending()
}

async function forgetAll(): Promise<void> {
  const tables = ['instances', 'transitions', 'inbox', 'outbox']
  await gatehouse.deps().db.write(tables.map((table) => sql(`DELETE FROM ${table}`)))
}

async function storedPayout(id: string) {
  const { context, value } = payoutLifecycle.read(await stored('payout', id))
  return {
    state: value,
    suspect: context.facts.payout?.suspect,
    truth: context.facts.payout?.value,
  }
}

async function deliver(order: readonly EventEnvelope[]): Promise<void> {
  const deps = { ...gatehouse.deps(), runSoon: () => {} }
  for (const event of order) {
    const unit = webhookUnit(lifecycles, event, {
      source: 'connect',
      cause: { kind: 'webhook', id: event.id },
    })
    // oxlint-disable-next-line no-await-in-loop
    await advance(deps, [unit])
  }
}

async function fetch(machine: 'account' | 'payout', id: string): Promise<void> {
  const row = await stored(machine, id)
  await refresh({ ...gatehouse.deps(), runSoon: () => {} }, row, { kind: 'reconciler', id: `fetch ${id}` })
}

/** The stored payout, the account's summary of it, and its destination. */
async function ending() {
  const [one, account] = [
    payoutLifecycle.read(await stored('payout', payout)),
    accountLifecycle.read(await stored('account', payee.account)),
  ]
  const { facts } = account.context
  const destination = one.context.facts.payout?.value.destination ?? ''
  return {
    payout: {
      state: one.value,
      truth: one.context.facts.payout?.value,
      failed: one.context.facts.failure?.value,
    },
    account: { payouts: account.value['payouts'], told: facts.payouts.items[payout]?.value },
    bank: facts.external_accounts.items[destination]?.value?.status,
    suspect: [one.context.facts.payout?.suspect, facts.external_accounts.items[destination]?.suspect],
  }
}

/** What `ending` must be by Stripe's own objects. */
async function truth() {
  const [theirs] = await payee.atStripe()
  return {
    payout: {
      state: { payout: theirs.status },
      truth: {
        status: 'failed',
        amount: theirs.amount,
        currency: theirs.currency,
        automatic: theirs.automatic,
        method: theirs.method,
        arrival_date: theirs.arrival_date,
        destination: theirs.destination,
        failure_code: 'account_closed',
        original_payout: null,
        reversed_by: null,
        reconciliation_status: theirs.reconciliation_status,
        trace: { status: theirs.trace_id.status, id: theirs.trace_id.value },
        created: theirs.created,
      },
      failed: { at: failedAt() },
    },
    account: {
      payouts: 'failing',
      told: {
        state: 'failed',
        destination: theirs.destination,
        amount: theirs.amount,
        currency: theirs.currency,
        automatic: theirs.automatic,
        created: theirs.created,
        arrival_date: theirs.arrival_date,
        failure_code: 'account_closed',
        failed_at: failedAt(),
      },
    },
    bank: 'errored',
    suspect: [false, false],
  }
}

function failedAt(): number | undefined {
  return events.find(({ type }) => type === 'payout.failed')?.created
}

async function stored(machine: string, id: string) {
  const [row] = await gatehouse.deps().db.read([selectInstance(machine, id)])
  if (!row) throw new Error(`no ${machine} ${id}`)
  return row
}

async function eventsOfPayout(): Promise<EventEnvelope[]> {
  return (await eventsOf(payee.account)).filter(
    ({ type, data }) =>
      (PAYOUTS.has(type) && idOf(data) === payout) ||
      (type === 'account.external_account.updated' && (data.object as any).status === 'errored'),
  )
}

/** Every event of the account, oldest first. */
async function eventsOf(account: string): Promise<EventEnvelope[]> {
  const { data } = await callStripe(gatehouse, account, { call: 'GET /v1/events?limit=100' })
  return data.reverse().map((event: unknown) => EventEnvelope.parse(event))
}

const idOf = ({ object }: EventEnvelope['data']) => (object as { id?: string }).id

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  )
}
