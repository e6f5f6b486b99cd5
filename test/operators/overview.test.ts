/** The overview: each figure equals a count over the stored rows, and `/metrics` has the same figures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { overviewStatements } from '../../src/operators/overview.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

const MINUTE = 60_000

let database: TestDatabase
let clock: Clock
let gatehouse: Gatehouse
let overview: Record<string, any>
let metrics: Map<string, number>
let text: string
let failedEvent: string

const time = (ms: unknown) => new Date(Number(ms)).toISOString()
const one = async (sql: string): Promise<Record<string, unknown>> => ({ ...(await database.rows(sql))[0] })

beforeAll(async () => {
  database = await startDatabase()
  clock = aClock()
  gatehouse = await startGatehouse(database, {
    now: clock.now,
    sleep: clock.sleep,
    simulator: { now: clock.now },
  })
  const { sim, call, settle, cron, simulator } = gatehouse
  // An account with a payment, a restricted account, and an account that has not started onboarding.
  const merchant = await anEnabledMerchant(gatehouse)
  await merchant.pay({ application_fee_amount: 100 })
  const refused = await anEnabledMerchant(gatehouse)
  await sim('POST', `/_sim/accounts/${refused.account}/move`, { move: 'requirements_past_due' })
  await call('POST', '/v1/accounts', { body: { external_id: 'not started' } })
  await settle()
  // An event that cannot be applied, an event of an unhandled type, and a stale event.
  const second = Math.floor(clock.now() / 1000)
  const send = async (event: Record<string, unknown>) =>
    gatehouse.fetch(await signedWebhook(event, { timestamp: Math.floor(clock.now() / 1000) }))
  const contradiction = anAccountEvent(merchant.account, { object: { id: 'acct_other' }, created: second })
  failedEvent = contradiction['id'] as string
  await send(contradiction)
  await send({ ...anAccountEvent(merchant.account), type: 'customer.created', created: second })
  await send(anAccountEvent(merchant.account, { created: second - 1_000 }))
  // Events that no webhook delivers, for the reconciler to find.
  await sim('POST', '/_sim/delivery', { drop: 1, drop_as: 'delivered' })
  await sim('POST', `/_sim/accounts/${refused.account}/move`, { move: 'enabled' })
  await settle()
  for (let minute = 0; minute < 12; minute += 3) {
    clock.advance(3 * MINUTE)
    // oxlint-disable no-await-in-loop
    await simulator.settle()
    await cron()
    await settle()
    // oxlint-enable no-await-in-loop
  }
  await sim('DELETE', '/_sim/delivery')
  // A pending effect that fails, and a parked effect.
  await sim('POST', '/_sim/faults', { route: 'GET /v1/accounts/*', status: 500, times: 100 })
  const [pending, parked] = (await sim('POST', '/_sim/accounts', { state: 'enabled', count: 2 })).ids
  await sim('POST', `/_sim/accounts/${pending}/move`, { move: 'bank_changed' })
  await sim('POST', `/_sim/accounts/${parked}/move`, { move: 'bank_changed' })
  await settle()
  await database.client.execute({
    sql: 'UPDATE outbox SET parked_at = 1 WHERE id = ? AND done_at IS NULL',
    args: [parked],
  })

  const { result, trips } = await gatehouse.counting(() => call('GET', '/v1/overview'))
  overview = result.body
  expect(trips).toEqual({ libsql: 1, stripe: 0 })
  const answer = await call('GET', '/metrics')
  expect(answer.headers.get('content-type')).toContain('application/openmetrics-text')
  text = answer.body['text']
  metrics = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
})
afterAll(() => database.stop())

describe('the overview', () => {
  it('counts the stored instances by the state of each region', async () => {
    const rows = await database.rows('SELECT machine, value FROM instances')
    const counted: Record<string, Record<string, Record<string, number>>> = {}
    for (const { machine, value } of rows)
      for (const [region, state] of Object.entries(JSON.parse(value as string) as Record<string, string>)) {
        const states = ((counted[machine as string] ??= {})[region] ??= {})
        states[state] = (states[state] ?? 0) + 1
      }
    expect(Object.keys(overview['instances'])).toEqual(lifecycles.machines)
    expect(withoutZeros(overview['instances'])).toEqual(counted)
    expect(overview['instances'].account.onboarding).toMatchObject({ rejected: 0, enabled: 4, created: 1 })
  })

  it('counts the transitions along no declared edge by region', async () => {
    const rows = await database.rows(
      `SELECT machine || '.' || region.value AS region, count(*) AS n
       FROM transitions, json_each(transitions.skipped) AS region
       GROUP BY 1`,
    )
    const counted = Object.entries<Record<string, number>>(overview['skipped_edges']).flatMap(
      ([machine, regions]) =>
        Object.entries(regions).flatMap(([region, n]) => (n > 0 ? [[`${machine}.${region}`, n]] : [])),
    )
    expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(rows.map(({ region, n }) => [region, n])))
  })

  it('counts events by outcome, and names the oldest that could not be applied', async () => {
    const rows = await database.rows('SELECT outcome, count(*) AS n FROM inbox GROUP BY outcome')
    const { by_outcome, oldest_unprocessed } = overview['events']
    expect(by_outcome).toEqual(Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n])))
    expect(Object.keys(by_outcome).toSorted()).toEqual(['applied', 'failed', 'ignored', 'stale', 'unchanged'])
    const row = await one(`SELECT * FROM inbox WHERE id = '${failedEvent}'`)
    expect(oldest_unprocessed).toEqual({
      id: failedEvent,
      type: 'account.updated',
      account: row['account'],
      received_at: time(row['received_at']),
    })
  })

  it('has the time of the last event from each endpoint and the reconciler', async () => {
    for (const source of ['connect', 'platform', 'reconciler']) {
      // oxlint-disable-next-line no-await-in-loop
      const found = await one(`SELECT max(received_at) AS last FROM inbox WHERE source = '${source}'`)
      expect(overview['events'].last_seen[source], source).toBe(time(found['last']))
    }
  })

  it('counts pending and parked effects, and has the due time of the oldest', async () => {
    const oldest = await one(
      'SELECT min(next_at) AS due FROM outbox WHERE done_at IS NULL AND parked_at IS NULL',
    )
    expect(overview['effects']).toEqual({ pending: 1, parked: 1, oldest_due_at: time(oldest['due']) })
  })

  it('has the reconciler’s progress and findings', async () => {
    const recovered = await one("SELECT count(*) AS n FROM inbox WHERE source = 'reconciler'")
    const platform = await one("SELECT position FROM streams WHERE account = ''")
    const events = await one("SELECT min(next_at) AS due FROM streams WHERE account <> ''")
    const checks = await one('SELECT min(check_at) AS due FROM instances')
    expect(overview['reconciler']).toMatchObject({
      last_run: {
        started_at: expect.any(String),
        ended_at: expect.any(String),
        stripe_calls: expect.any(Number),
        ended_by: null,
      },
      platform_read_to: time(Number(platform['position']) * 1000),
      oldest_events_due_at: time(events['due']),
      oldest_check_due_at: time(checks['due']),
      events_recovered: recovered['n'],
    })
    expect(Number(recovered['n'])).toBeGreaterThan(0)
  })

  it('scans no growing table', async () => {
    for (const { sql, args } of overviewStatements()) {
      // oxlint-disable-next-line no-await-in-loop
      const plan = await database.rows(`EXPLAIN QUERY PLAN ${sql}`, args as (string | number)[])
      const scans = plan.map(({ detail }) => detail as string).filter((detail) => detail.startsWith('SCAN'))
      const growing = scans.filter((detail) => /SCAN (instances|inbox|transitions|requests)\b/.test(detail))
      expect(
        growing.filter((detail) => !detail.includes('USING')),
        sql,
      ).toEqual([])
    }
  })
})

describe('the metrics', () => {
  it('equal the overview’s figures', () => {
    const state = (machine: string, region: string, name: string) =>
      `gatehouse_instances{machine="${machine}",region="${region}",state="${name}"}`
    for (const [machine, regions] of Object.entries<any>(overview['instances']))
      for (const [region, states] of Object.entries<any>(regions))
        for (const [name, count] of Object.entries(states))
          expect(metrics.get(state(machine, region, name)), name).toBe(count)
    for (const [machine, regions] of Object.entries<any>(overview['skipped_edges']))
      for (const [region, count] of Object.entries(regions))
        expect(metrics.get(`gatehouse_skipped_edges_total{machine="${machine}",region="${region}"}`)).toBe(
          count,
        )
    for (const [outcome, count] of Object.entries(overview['events'].by_outcome))
      expect(metrics.get(`gatehouse_events{outcome="${outcome}"}`)).toBe(count)
    const { effects, reconciler, events } = overview
    expect(metrics.get('gatehouse_effects{state="pending"}')).toBe(effects.pending)
    expect(metrics.get('gatehouse_effects{state="parked"}')).toBe(effects.parked)
    expect(metrics.get('gatehouse_reconciler_events_recovered_total')).toBe(reconciler.events_recovered)
    expect(metrics.get('gatehouse_reconciler_drift_found_total')).toBe(reconciler.drift_found)
    expect(metrics.get('gatehouse_effect_oldest_due_timestamp_seconds')).toBe(
      Date.parse(effects.oldest_due_at) / 1000,
    )
    for (const [source, at] of Object.entries<string>(events.last_seen))
      expect(metrics.get(`gatehouse_event_last_seen_timestamp_seconds{source="${source}"}`)).toBe(
        Date.parse(at) / 1000,
      )
  })

  it('are valid OpenMetrics: each family is declared once, and the text ends with # EOF', () => {
    expect(text.endsWith('# EOF\n')).toBe(true)
    const declared = [...text.matchAll(/^# TYPE (\S+) (gauge|counter)$/gm)].map(([, name]) => name)
    expect(new Set(declared).size).toBe(declared.length)
    for (const name of metrics.keys()) {
      const family = name.replace(/\{.*/, '').replace(/_total$/, '')
      expect(declared, name).toContain(family)
    }
  })

  it('require an API key', async () => {
    expect((await gatehouse.call('GET', '/metrics', { key: null })).status).toBe(401)
  })
})

function withoutZeros(instances: Record<string, Record<string, Record<string, number>>>) {
  return Object.fromEntries(
    Object.entries(instances).flatMap(([machine, regions]) => {
      const counted = Object.entries(regions).map(([region, states]) => [
        region,
        Object.fromEntries(Object.entries(states).filter(([, count]) => count > 0)),
      ])
      const some = counted.filter(([, states]) => Object.keys(states as object).length > 0)
      return some.length > 0 ? [[machine, Object.fromEntries(some)]] : []
    }),
  )
}
