/** Deletion of expired data by cron, in small batches; and that no personal data is ever stored. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'

const DAY = 86_400_000

let database: TestDatabase
let clock: Clock
let gatehouse: Gatehouse
/** The bodies of the batches that prune. */
let pruning: string[]

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(async () => {
  await database.clear()
  clock = aClock()
  pruning = []
  gatehouse = await startGatehouse(database, {
    now: clock.now,
    sleep: clock.sleep,
    simulator: { now: clock.now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const body = await request.clone().text()
      if (/DELETE FROM (outbox|requests)|SET payload = NULL/.test(body)) pruning.push(body)
      return next(request)
    },
  })
})
afterAll(() => database.stop())

const count = async (table: string, where = '1 = 1') =>
  Number((await database.rows(`SELECT count(*) AS n FROM ${table} WHERE ${where}`))[0]?.['n'])

/** Inserts many rows into each pruned table. */
async function many(rows: number, at: number, suffix: string): Promise<void> {
  const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`
  await database.client.batch(
    [
      `INSERT INTO inbox (id, type, source, created, received_at, payload, outcome)
       ${series} SELECT 'evt_' || i || '${suffix}', 'a.type', 'connect', ${Math.floor(at / 1000)}, ${at}, '{}', 'ignored' FROM n`,
      `INSERT INTO outbox (name, machine, id, account, effect, created_at, next_at, done_at)
       ${series} SELECT 'done:' || i || '${suffix}', 'account', 'acct_1', 'acct_1', '{}', ${at}, ${at}, ${at} FROM n`,
      `INSERT INTO requests (client, key, fingerprint, attempt, created_at)
       ${series} SELECT 'client', 'key ' || i || '${suffix}', 'f', 1, ${at} FROM n`,
    ],
    'write',
  )
}

describe('cron', () => {
  it('deletes payloads, finished effects and stored answers after thirty days, and nothing else', async () => {
    await many(3, clock.now() - 30 * DAY - 1, ' old')
    await many(3, clock.now() - 30 * DAY + 60_000, ' young')
    await database.client.execute({
      sql: `INSERT INTO outbox (name, machine, id, account, effect, created_at, next_at, parked_at)
            VALUES ('parked', 'account', 'acct_1', 'acct_1', '{}', 1, 1, 1)`,
      args: [],
    })
    await gatehouse.cron()
    expect(await count('inbox'), 'the rows of events stay').toBe(6)
    expect(await count('inbox', 'payload IS NULL')).toBe(3)
    expect(await count('inbox', "payload IS NULL AND id LIKE '% young'")).toBe(0)
    expect(await database.rows('SELECT name FROM outbox ORDER BY name')).toMatchObject([
      { name: 'done:1 young' },
      { name: 'done:2 young' },
      { name: 'done:3 young' },
      { name: 'parked' },
    ])
    expect(await count('requests')).toBe(3)
  })

  it('prunes at most 500 rows a batch and 2,000 rows a table, and continues in the next run', async () => {
    await many(2_300, clock.now() - 31 * DAY, '')
    await gatehouse.cron()
    expect(pruning).toHaveLength(3 * 4)
    expect(await count('inbox', 'payload IS NOT NULL')).toBe(300)
    expect(await count('outbox')).toBe(300)
    expect(await count('requests')).toBe(300)
    clock.advance(60_000)
    await gatehouse.cron()
    expect(pruning).toHaveLength(3 * 4 + 3)
    expect(await count('inbox', 'payload IS NOT NULL')).toBe(0)
    expect((await count('outbox')) + (await count('requests'))).toBe(0)
    expect(gatehouse.log.findLast(({ message }) => message === 'cron')).toMatchObject({ pruned: 900 })
  })
})

/** Personal data that Stripe may hold, each value with a unique word. */
const PERSONAL = {
  email: 'canary-email@example.com',
  business_profile: {
    name: 'canary-name',
    product_description: 'canary-description',
    support_phone: '+15550canary',
    support_email: 'canary-support@example.com',
    support_address: { line1: 'canary-street', city: 'canary-city', postal_code: 'canary-code' },
    url: 'https://canary.example.com',
  },
}

it('no personal data of Stripe’s objects reaches a table', async () => {
  const { account, pay, command, checkout } = await anEnabledMerchant(gatehouse)
  await gatehouse.sim('POST', `/_sim/accounts/${account}`, PERSONAL)
  const paid = await pay({
    description: 'canary-what-was-bought',
    receipt_email: 'canary-buyer@example.com',
    statement_descriptor_suffix: 'CANARY',
    payment_method: 'pm_card_bypassPending',
    amount: 5_000,
  })
  await command(paid.body['id'], 'refunds', { amount: 100 })
  await gatehouse.sim('POST', `/_sim/payment_intents/${paid.body['id']}/dispute`, {})
  await checkout({
    line_items: [
      {
        price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'canary-product' } },
        quantity: 1,
      },
    ],
  })
  await gatehouse.call('POST', `/v1/accounts/${account}/payouts`, { body: { amount: 500, currency: 'usd' } })
  await gatehouse.settle()
  await gatehouse.call('POST', `/v1/accounts/${account}/refresh`)
  const atStripe = JSON.stringify(await gatehouse.sim('GET', `/_sim/accounts/${account}`))
  expect(atStripe.match(/canary/g)?.length, 'personal data at Stripe').toBeGreaterThan(5)

  const tables = await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
  expect(tables.length).toBeGreaterThan(10)
  for (const { name } of tables) {
    // oxlint-disable-next-line no-await-in-loop
    const rows = await database.rows(`SELECT * FROM ${name as string}`)
    const kept = JSON.stringify(rows.map((row) => ({ ...row })))
    expect(kept.match(/.{0,200}canary.{0,20}/i)?.[0], `in ${name as string}`).toBeUndefined()
    // Card and bank account numbers.
    expect(
      kept.match(/.{0,60}(last4|routing_number|exp_month|bank_name|TEST BANK|110000000).{0,20}/)?.[0],
    ).toBeUndefined()
  }
  expect(JSON.stringify(gatehouse.log)).not.toMatch(/canary/i)
})
