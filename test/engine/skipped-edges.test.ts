/** A move along no declared edge is named in the history, and counted without another row. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveInstance } from '../../src/store/instances.ts'
import { insertTransition } from '../../src/store/transitions.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let account: string
let second = Math.floor(Date.now() / 1000) + 30

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  account = (await anEnabledMerchant(gatehouse)).account
})
afterAll(() => database.stop())

async function receive(object: Record<string, unknown>): Promise<Record<string, unknown>> {
  second += 10
  const response = await gatehouse.fetch(
    await signedWebhook(anAccountEvent(account, { created: second, object })),
  )
  expect(response.status).toBe(200)
  const { body } = await gatehouse.call('GET', `/v1/accounts/${account}/history?limit=1`)
  return body['data'][0]
}

const edges = async () => (await gatehouse.call('GET', '/v1/overview')).body['skipped_edges']

describe('a webhook', () => {
  it('that moves an account along declared edges leaves `skipped` null', async () => {
    const before = await edges()
    const moved = await receive({ capabilities: { card_payments: 'inactive', transfers: 'active' } })
    expect(moved).toMatchObject({ to: { charges: 'inactive' }, skipped: null })
    expect(await receive({})).toMatchObject({ to: { charges: 'active' }, skipped: null })
    expect(await edges()).toEqual(before)
  })

  it('that moves an account along no declared edge names the region in the history, and is counted', async () => {
    const before = await edges()
    const moved = await receive({ capabilities: { card_payments: 'pending', transfers: 'active' } })
    expect(moved).toMatchObject({ to: { charges: 'pending', onboarding: 'in_review' }, skipped: ['charges'] })
    expect(await edges()).toEqual({
      ...before,
      account: { ...before.account, charges: before.account.charges + 1 },
    })
    const metrics = (await gatehouse.call('GET', '/metrics')).body['text']
    expect(metrics).toContain(
      `gatehouse_skipped_edges_total{machine="account",region="charges"} ${before.account.charges + 1}`,
    )
  })
})

describe('a history row that an older build wrote', () => {
  it('has `skipped` null', async () => {
    await database.client.execute({
      sql: `INSERT INTO transitions (machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed)
            VALUES ('account', ?, 1000, 1, 'stripe.observed', 'webhook', 'evt_old', NULL, '{}', '{}')`,
      args: [account],
    })
    const { body } = await gatehouse.call('GET', `/v1/accounts/${account}/history?limit=1`)
    expect(body['data'][0]).toMatchObject({ seq: 1000, skipped: null })
    await database.client.execute('DELETE FROM transitions WHERE seq = 1000')
  })
})

describe('the count of skipped edges', () => {
  let ids = 0

  /** Rows written by one batch, triggers included, that moves a payout through these states one by one. */
  async function rowsWritten(...moves: { to: string; skipped: string[] }[]): Promise<number> {
    ids += 1
    const id = `po_rows${ids}`
    await database.client.batch([save(id, 1, 'pending')], 'write')
    const statements = [
      'SELECT total_changes() AS rows',
      ...moves.map(({ to, skipped }, index) => insertTransition(aTransition(id, index + 2, to, skipped))),
      save(id, moves.length + 1, moves.at(-1)?.to ?? 'pending'),
      'SELECT total_changes() AS rows',
    ]
    const results = await database.client.batch(statements, 'write')
    return Number(results.at(-1)?.rows[0]?.['rows']) - Number(results[0]?.rows[0]?.['rows'])
  }

  const save = (id: string, seq: number, state: string) =>
    saveInstance({
      machine: 'payout',
      id,
      account,
      externalId: null,
      seq,
      stored: { version: 1, value: { payout: state }, context: {} },
      wakeAt: null,
      checkAt: null,
      wasAsked: false,
      at: 1,
    })

  const aTransition = (id: string, seq: number, to: string, skipped: string[]) => ({
    machine: 'payout',
    id,
    seq,
    at: 1,
    event: 'stripe.observed',
    cause: { kind: 'webhook', id: `evt_rows${seq}` },
    from: null,
    to: { payout: to },
    changed: {},
    skipped,
  })

  const counted = async () => (await edges()).payout.payout

  it('costs no row: a batch with a skipped edge writes as many rows as a batch without', async () => {
    const before = await counted()
    const along = await rowsWritten({ to: 'in_transit', skipped: [] })
    expect(await counted()).toBe(before)
    expect(await rowsWritten({ to: 'paid', skipped: ['payout'] })).toBe(along)
    expect(await counted()).toBe(before + 1)
  })

  it('includes every move of a batch, even if the last ends in the first state', async () => {
    const before = await counted()
    await rowsWritten(
      { to: 'paid', skipped: ['payout'] },
      { to: 'in_transit', skipped: ['payout'] },
      { to: 'pending', skipped: ['payout'] },
    )
    expect(await counted()).toBe(before + 3)
  })

  it('does not disturb the counts of instances in each state', async () => {
    const rows = await database.rows(
      "SELECT value ->> 'payout' AS state, count(*) AS count FROM instances WHERE machine = 'payout' GROUP BY 1",
    )
    const { payout } = (await gatehouse.call('GET', '/v1/overview')).body['instances']
    for (const { state, count } of rows) expect(payout.payout[state as string]).toBe(count)
  })
})
