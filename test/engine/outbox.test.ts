/** Effects: run once after their commit, retried when they fail, and finally parked for an operator. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backoffMs, MAX_ATTEMPTS } from '../../src/engine/effect-timing.ts'
import { EFFECT_TIMEOUT_MS, CRON_LEASE_MS } from '../../src/engine/effect-timing.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

const HOUR = 3_600_000

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
  account = (await gatehouse.sim('POST', '/_sim/accounts', { state: 'enabled' })).first
})
afterEach(() => gatehouse.settle())
afterAll(() => database.stop())

/** The first webhook of the account: it owes a refresh. */
async function receiveFirstWebhook(): Promise<void> {
  await gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move: 'bank_changed' })
  await gatehouse.settle()
}
const stripeFails = (fault: object) =>
  gatehouse.sim('POST', '/_sim/faults', { route: 'GET /v1/accounts/*', times: 1_000, ...fault })
const stripeRecovers = () => gatehouse.sim('DELETE', '/_sim/faults')

const effects = async (state = 'pending') =>
  (await gatehouse.call('GET', `/v1/effects?state=${state}`)).body['data'] as Record<string, any>[]
const effect = async (name: string) =>
  (await gatehouse.call('GET', '/v1/effects')).body['data'].find((one: any) => one.name === name)
const retry = (name: string) => gatehouse.call('POST', `/v1/effects/${encodeURIComponent(name)}/retry`)
const status = async () => (await gatehouse.call('GET', `/v1/accounts/${account}/status`)).body
const until = (time: string) => clock.advance(Math.max(0, Date.parse(time) - clock.now()) + 1)
async function cron(): Promise<void> {
  await gatehouse.cron()
  await gatehouse.settle()
}

describe('an effect', () => {
  it('has a permanent name, and runs right after the commit that owes it', async () => {
    await receiveFirstWebhook()
    expect(await effects()).toEqual([])
    const [done] = await effects('done')
    expect(done).toMatchObject({
      name: `account:${account}:1:0`,
      machine: 'account',
      id: account,
      account,
      effect: { kind: 'refresh' },
      state: 'done',
      attempts: 1,
      next_at: null,
      last_error: null,
      parked_at: null,
    })
    expect((await status())['effects_pending']).toBe(0)
    expect((await retry(done?.['name'])).body).toMatchObject({ status: 409, code: 'state_conflict' })
    expect((await retry('account:acct_nobody:1:0')).body).toMatchObject({
      status: 404,
      code: 'effect_not_found',
    })
  })

  it('that fails is retried by cron, with growing waits, until it succeeds', async () => {
    await stripeFails({ status: 500 })
    await receiveFirstWebhook()
    const waits: number[] = []
    for (let attempts = 1; attempts <= 4; attempts += 1) {
      // oxlint-disable no-await-in-loop
      const [owed] = await effects()
      expect(owed).toMatchObject({
        state: 'pending',
        attempts,
        last_error: expect.stringMatching(/^StripeAPIError 500 req_\w+: /),
      })
      const wait = Date.parse(owed?.['next_at']) - clock.now()
      waits.push(wait)
      clock.advance(wait - 1_000)
      await cron()
      expect((await effects())[0], 'run before it was due').toMatchObject({ attempts })
      clock.advance(1_001)
      if (attempts === 4) await stripeRecovers()
      await cron()
      // oxlint-enable no-await-in-loop
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect((await effects('done'))[0]).toMatchObject({ attempts: 5, last_error: null })
    expect(await status()).toMatchObject({ badge: 'enabled', suspect: false })
  })

  it('that is rate limited waits as long as Retry-After says', async () => {
    await stripeFails({ status: 429, headers: { 'retry-after': '3600' } })
    await receiveFirstWebhook()
    const [owed] = await effects()
    expect(Date.parse(owed?.['next_at']) - clock.now()).toBeGreaterThanOrEqual(HOUR)
  })

  it('without an answer times out, and is retried', async () => {
    const slow: number[] = []
    const process = gatehouse.process({
      sleep: async (ms) => {
        if (ms < EFFECT_TIMEOUT_MS) return clock.sleep(ms)
        slow.push(ms)
        clock.advance(ms)
      },
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        return request.url.includes('/v1/accounts/') ? new Promise(() => {}) : next(request)
      },
    })
    gatehouse.deliverTo(process)
    await receiveFirstWebhook()
    await Promise.all(process.deferred)
    expect(slow).toEqual([EFFECT_TIMEOUT_MS])
    expect((await effects())[0]).toMatchObject({ attempts: 1, last_error: 'Error: not done within 25 s' })
  })

  it('that failed too often is parked, blocks no other, and runs again on an operator’s request', async () => {
    await stripeFails({ status: 500, account: undefined })
    await receiveFirstWebhook()
    for (let attempts = 1; attempts < MAX_ATTEMPTS; attempts += 1) {
      // oxlint-disable no-await-in-loop
      const [owed] = await effects()
      until(owed?.['next_at'])
      await cron()
      // oxlint-enable no-await-in-loop
    }
    expect(await effects()).toEqual([])
    const [parked] = await effects('parked')
    expect(parked).toMatchObject({ state: 'parked', attempts: MAX_ATTEMPTS, next_at: null })
    expect((await gatehouse.call('GET', '/v1/overview')).body['effects']).toMatchObject({
      pending: 0,
      parked: 1,
      oldest_due_at: null,
    })

    // Other effects run meanwhile, and the parked effect stays parked.
    await stripeRecovers()
    const first = account
    account = (await gatehouse.sim('POST', '/_sim/accounts', { state: 'enabled' })).first
    await receiveFirstWebhook()
    expect(await status()).toMatchObject({ badge: 'enabled', suspect: false })
    clock.advance(60_000)
    expect(await effect(parked?.['name'])).toMatchObject({ state: 'parked' })

    const answer = await retry(parked?.['name'])
    expect(answer).toMatchObject({ status: 200, body: { state: 'pending', attempts: 0 } })
    await gatehouse.settle()
    expect(await effect(parked?.['name'])).toMatchObject({ state: 'done', parked_at: null })
    account = first
    expect(await status()).toMatchObject({ badge: 'enabled', suspect: false })
  })

  it('is run by one of several concurrent cron runs', async () => {
    await stripeFails({ status: 500 })
    await receiveFirstWebhook()
    await stripeRecovers()
    until((await effects())[0]?.['next_at'])
    await gatehouse.sim('DELETE', '/_sim/calls')
    await Promise.all(Array.from({ length: 4 }, () => gatehouse.process().cron()))
    await gatehouse.settle()
    expect(await effects()).toEqual([])
    const rows = await database.rows("SELECT seq FROM transitions WHERE id = ? AND cause_kind = 'effect'", [
      account,
    ])
    expect(rows.length).toBeLessThanOrEqual(1)
    expect((await effects('done'))[0]).toMatchObject({ attempts: 2 })
  })

  it('of a crashed process is run by another once its lease expires', async () => {
    await stripeFails({ status: 500 })
    await receiveFirstWebhook()
    await stripeRecovers()
    const [owed] = await effects()
    until(owed?.['next_at'])
    // Claimed by a process that then crashed.
    await database.client.execute({
      sql: 'UPDATE outbox SET leased_until = ?',
      args: [clock.now() + CRON_LEASE_MS],
    })
    clock.advance(CRON_LEASE_MS - 5_000)
    await cron()
    expect(await effects()).toHaveLength(1)
    clock.advance(5_001)
    await cron()
    expect(await effects()).toEqual([])
  })
})

describe('the backoff', () => {
  it.each(Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1))(
    'after %d failures varies over half of its longest wait, and grows',
    (attempts) => {
      const [least, most] = [backoffMs(attempts, 0), backoffMs(attempts, 1)]
      expect(most).toBe(2 * least)
      expect(most).toBeLessThanOrEqual(6 * HOUR)
      expect(backoffMs(attempts + 1, 0)).toBeGreaterThanOrEqual(least)
    },
  )

  it('adds up to more than twelve hours, Stripe’s longest known outages', () => {
    const all = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => backoffMs(index + 1, 0))
    expect(all.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(12 * HOUR)
  })
})
