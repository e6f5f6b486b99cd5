/** The reconciler: recovers lost events, finds drift, and stays within Stripe's limits. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { refresh } from '../../src/engine/refresh.ts'
import { selectInstance } from '../../src/store/instances.ts'
import { CALLS_PER_RUN, CALLS_PER_SECOND } from '../../src/engine/reconcile/budget.ts'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { madeElsewhere } from '../support/elsewhere.ts'
import { anEnabledMerchant, CARD } from '../support/merchant.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let database: TestDatabase
let clock: Clock
let gatehouse: Gatehouse

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
})
afterAll(() => database.stop())

const lose = (share = 1) => gatehouse.sim('POST', '/_sim/delivery', { drop: share, drop_as: 'delivered' })
const status = async (account: string) => (await gatehouse.call('GET', `/v1/accounts/${account}/status`)).body
const overview = async () => (await gatehouse.call('GET', '/v1/overview')).body
const stripeCalls = async () => (await gatehouse.sim('GET', '/_sim/calls')) as { total: number }

/** Advances the clock step by step, with a run of cron after each. */
async function pass(ms: number, step = MINUTE): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step)
    // oxlint-disable no-await-in-loop
    await gatehouse.simulator.settle()
    await gatehouse.cron()
    await gatehouse.settle()
    // oxlint-enable no-await-in-loop
  }
}

const PAID = {
  amount: '1000',
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  'automatic_payment_methods[enabled]': 'true',
  'automatic_payment_methods[allow_redirects]': 'never',
}

/** Leaves `account` out of an account's event list: whether Stripe sends it there is not documented. */
const namingNoAccount =
  (next: typeof fetch): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const answer = await next(request)
    if (!request.headers.has('stripe-account') || !request.url.includes('/v1/events')) return answer
    const body = (await answer.json()) as { data: Record<string, unknown>[] | object }
    const listed = Array.isArray(body.data) ? body.data : [body as Record<string, unknown>]
    for (const event of listed) delete event['account']
    return Response.json(body, { headers: answer.headers })
  }

/** How many handled events of the account Stripe lists that the inbox lacks. */
async function eventsOf(account: string): Promise<number> {
  const known = await database.rows('SELECT id FROM inbox WHERE account = ?', [account])
  const ids = new Set(known.map(({ id }) => id))
  let [count, after] = [0, '']
  for (;;) {
    const url = `http://stripe.test/v1/events?limit=100${after && `&starting_after=${after}`}`
    const headers = { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account }
    // oxlint-disable-next-line no-await-in-loop
    const answer = await gatehouse.simulator.fetch(new Request(url, { headers }))
    // oxlint-disable-next-line no-await-in-loop
    const page = (await answer.json()) as { data: { id: string; type: string }[]; has_more: boolean }
    count += page.data.filter(({ id, type }) => !ids.has(id) && lifecycles.handlersOf(type).length > 0).length
    after = page.data.at(-1)?.id ?? ''
    if (!page.has_more) return count
  }
}

async function anAccount(external_id: string): Promise<string> {
  return (await gatehouse.call('POST', '/v1/accounts', { body: { external_id, country: 'US' } })).body['id']
}

describe('a lost event', () => {
  it('is read back, applied with the reconciler as its cause, and counted', async () => {
    const account = await anAccount('lost')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    expect(await status(account)).toMatchObject({ state: { onboarding: 'created' } })
    await pass(12 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled', charges: 'active' } })
    const { body: history } = await gatehouse.call('GET', `/v1/accounts/${account}/history`)
    expect(history['data'].map(({ cause }: any) => cause.kind)).toContain('reconciler')
    const { body: events } = await gatehouse.call('GET', `/v1/events?account=${account}&limit=100`)
    const recovered = events['data'].filter(({ source }: any) => source === 'reconciler')
    expect(recovered.length).toBeGreaterThan(0)
    const { reconciler } = await overview()
    expect(reconciler).toMatchObject({ events_recovered: recovered.length, last_run: { ended_by: null } })
  })

  it('belongs to its account although the account’s list does not name it, also when it is replayed', async () => {
    const account = await anAccount('nameless')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    const other = gatehouse.process({ fetch: namingNoAccount })
    clock.advance(12 * MINUTE)
    await other.cron()
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled', charges: 'active' } })
    const [event] = await database.rows(
      "SELECT id FROM inbox WHERE source = 'reconciler' AND account = ? AND type = 'account.updated'",
      [account],
    )
    const id = event?.['id'] as string
    await database.client.execute({ sql: "UPDATE inbox SET outcome = 'failed' WHERE id = ?", args: [id] })
    const replayed = await gatehouse.call('POST', `/v1/events/${id}/replay`, { through: other.fetch })
    expect(replayed.body).toMatchObject({ account, payload: { account } })
    expect(['applied', 'unchanged', 'stale']).toContain(replayed.body['outcome'])
  })

  it('of an unknown account is read back once the account becomes known', async () => {
    const known = await anAccount('known before')
    await lose()
    const { ids } = await gatehouse.sim('POST', '/_sim/accounts', { count: 1, state: 'enabled' })
    const stranger: string = ids[0]
    const payment = await madeElsewhere(gatehouse, stranger, { what: 'payment_intents', params: PAID })
    await pass(6 * HOUR, 3 * HOUR)
    expect(await database.rows('SELECT id FROM instances')).toEqual([{ id: known }])
    await lose(0)
    await gatehouse.sim('POST', `/_sim/accounts/${stranger}/move`, { move: 'requirements_due' })
    await gatehouse.settle()
    await pass(12 * MINUTE, 12 * MINUTE)
    const { body } = await gatehouse.call('GET', `/v1/accounts/${stranger}/payments`)
    expect(body['data']).toMatchObject([{ id: payment.id, status: 'succeeded' }])
  })

  it('is counted once, although the run crashes before it saves its position', async () => {
    const account = await anAccount('counted')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    const crashing = gatehouse.process({
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        const sent = await request.clone().text()
        if (sent.includes('UPDATE streams') && sent.includes(account)) throw new TypeError('gone')
        return next(request)
      },
    })
    clock.advance(12 * MINUTE)
    await crashing.cron()
    await pass(3 * MINUTE)
    const [recovered] = await database.rows("SELECT count(*) AS count FROM inbox WHERE source = 'reconciler'")
    expect(recovered?.['count']).toBeGreaterThan(0)
    expect((await overview())['reconciler']).toMatchObject({ events_recovered: recovered?.['count'] })
  })

  it('of the platform itself is read back from the platform’s list', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    await lose()
    const { body: payment } = await merchant.pay({ application_fee_amount: 100 })
    await gatehouse.settle()
    await pass(12 * MINUTE)
    expect((await merchant.read(payment['id'])).body).toMatchObject({ status: 'succeeded', fee: 'collected' })
    const { body } = await gatehouse.call('GET', '/v1/events?type=application_fee.created')
    expect(body['data']).toMatchObject([{ source: 'reconciler', account: null }])
  })

  it('of the platform itself is read back although cron first ran days after the first account was stored', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    const { body } = await merchant.pay({ application_fee_amount: 100 })
    clock.advance(5_000)
    await gatehouse.settle()
    expect((await merchant.read(body['id'])).body).toMatchObject({ fee: 'collected' })
    await lose()
    const { data } = await gatehouse.sim('GET', '/v1/application_fees')
    await gatehouse.sim('POST', `/v1/application_fees/${data[0].id}/refunds`)
    await gatehouse.settle()
    clock.advance(2 * DAY)
    await pass(4 * MINUTE)
    expect((await merchant.read(body['id'])).body).toMatchObject({ fee: 'refunded' })
  })

  it('is found in the platform’s list if Stripe shows accounts’ events there; the account’s list is then read daily', async () => {
    await gatehouse.sim('POST', '/_sim/switches', { platform_events_include_connected: true })
    const account = await anAccount('lost')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    await pass(4 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' } })
    await pass(30 * MINUTE)
    const [stream] = await database.rows('SELECT next_at FROM streams WHERE account = ?', [account])
    expect(Number(stream?.['next_at']), 'its own list is read once a day').toBeGreaterThan(
      clock.now() + 20 * HOUR,
    )
  })

  it.each([3, 48])('is read back with a clock %i hours ahead of Stripe’s or behind', async (hours) => {
    for (const skew of [hours * HOUR, -hours * HOUR]) {
      // oxlint-disable no-await-in-loop
      await database.clear()
      gatehouse = await startGatehouse(database, {
        now: () => clock.now() + skew,
        sleep: clock.sleep,
        simulator: { now: clock.now },
      })
      const account = await anAccount('skewed')
      await lose()
      await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
      await gatehouse.settle()
      await pass(24 * MINUTE, 12 * MINUTE)
      expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' } })
      // oxlint-enable no-await-in-loop
    }
  })

  it('is not recovered while its webhook may still arrive', async () => {
    const account = await anAccount('held')
    await pass(15 * MINUTE)
    await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await database.client.execute({ sql: 'UPDATE streams SET next_at = 0', args: [] })
    await pass(MINUTE)
    const before = await overview()
    expect(before['reconciler']).toMatchObject({ events_recovered: 0 })
    await gatehouse.sim('POST', '/_sim/deliver', {})
    await gatehouse.sim('POST', '/_sim/delivery', { hold: false })
    await gatehouse.settle()
    await pass(12 * MINUTE)
    expect((await overview())['reconciler']).toMatchObject({ events_recovered: 0 })
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' } })
  })

  it('is read back once, even if there are more than one run may read', async () => {
    const account = await anAccount('busy')
    await lose()
    for (let index = 0; index < 601; index += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await gatehouse.sim('POST', `/_sim/accounts/${account}`, { payouts_enabled: index % 2 === 0 })
    }
    await gatehouse.settle()
    const listed = await eventsOf(account)
    await pass(16 * MINUTE)
    const [counted] = await database.rows(
      "SELECT count(*) AS events FROM inbox WHERE account = ? AND source = 'reconciler'",
      [account],
    )
    expect(listed).toBeGreaterThan(1_000)
    expect(counted).toMatchObject({ events: listed })
    expect((await overview())['reconciler']).toMatchObject({ events_recovered: listed })
    expect(await status(account)).toMatchObject({ state: { payouts: 'on' }, suspect: false })
  })
})

describe('a change without any event', () => {
  it('is checked for within a day, even if Stripe never answered and other events arrive', async () => {
    await gatehouse.sim('POST', '/_sim/faults', { route: '*', status: 503, times: 1_000_000 })
    const known = clock.now()
    const due = []
    for (let hour = 0; hour < 3; hour += 1) {
      const at = Math.floor(clock.now() / 1000)
      // oxlint-disable no-await-in-loop
      await gatehouse.fetch(await signedWebhook(anAccountEvent('acct_1', { created: at }), { timestamp: at }))
      due.push((await database.rows('SELECT check_at FROM instances'))[0]?.['check_at'])
      // oxlint-enable no-await-in-loop
      clock.advance(HOUR)
    }
    expect(due).toEqual([known + DAY, known + DAY, known + DAY])
  })

  it('of an account is found by its check, and counted as drift', async () => {
    const account = await anAccount('drifting')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    // Longer than Stripe keeps its events.
    clock.advance(31 * DAY)
    await pass(2 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' }, suspect: false })
    const { body: history } = await gatehouse.call('GET', `/v1/accounts/${account}/history`)
    expect(history['data'][0]).toMatchObject({
      event: 'stripe.observed',
      cause: { kind: 'reconciler' },
      changed: { 'account.charges_enabled': [false, true] },
    })
    expect((await overview())['reconciler']).toMatchObject({ drift_found: 1, events_recovered: 0 })
  })

  it('of a payment is found by its check', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    const { body: payment } = await merchant.pay({ confirm: false, payment_method: undefined })
    await gatehouse.settle()
    await lose()
    const canceled = await gatehouse.simulator.fetch(
      new Request(`http://stripe.test/v1/payment_intents/${payment['id']}/cancel`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': merchant.account },
      }),
    )
    expect(canceled.status).toBe(200)
    await gatehouse.settle()
    clock.advance(31 * DAY)
    await pass(2 * MINUTE)
    expect((await merchant.read(payment['id'])).body).toMatchObject({ status: 'canceled' })
  })

  it('is found in every object of an account whose events were not read for 30 days', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    const { body: settled } = await merchant.pay({ application_fee_amount: 100 })
    const { body: disputed } = await merchant.pay()
    await gatehouse.settle()
    await pass(3 * MINUTE)
    expect((await merchant.read(settled['id'])).body).toMatchObject({ fee: 'collected' })
    await lose()
    const refund = new URLSearchParams({ payment_intent: settled['id'], refund_application_fee: 'true' })
    const headers = {
      authorization: 'Bearer sk_test_gatehouse_tests',
      'stripe-account': merchant.account,
    }
    await gatehouse.simulator.fetch(
      new Request('http://stripe.test/v1/refunds', { method: 'POST', headers, body: refund }),
    )
    await gatehouse.sim('POST', `/_sim/payment_intents/${disputed['id']}/dispute`, {})
    await gatehouse.settle()
    clock.advance(31 * DAY)
    await pass(2 * MINUTE)
    expect((await merchant.read(settled['id'])).body).toMatchObject({ refund: 'full', fee: 'refunded' })
    expect((await merchant.read(disputed['id'])).body).toMatchObject({ dispute: 'open' })
  })

  it('is found in every object of an account that reconnects', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    const { body: payment } = await merchant.pay()
    await gatehouse.settle()
    await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}/deauthorize`)
    await gatehouse.settle()
    expect(await status(merchant.account)).toMatchObject({ state: { connection: 'disconnected' } })
    // A disconnected account sends no events.
    await gatehouse.sim('POST', `/_sim/payment_intents/${payment['id']}/dispute`, {})
    await gatehouse.settle()
    expect((await merchant.read(payment['id'])).body).toMatchObject({ dispute: 'none' })
    await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}/authorize`, {})
    await gatehouse.settle()
    await pass(3 * MINUTE)
    expect(await status(merchant.account)).toMatchObject({
      state: { connection: 'connected' },
      suspect: false,
    })
    expect((await merchant.read(payment['id'])).body).toMatchObject({ dispute: 'open' })
  })

  it('is found in objects that were made while the account was disconnected', async () => {
    const { first: account } = await gatehouse.sim('POST', '/_sim/accounts', { state: 'enabled' })
    await gatehouse.sim('POST', `/_sim/accounts/${account}/move`, { move: 'requirements_due' })
    await gatehouse.settle()
    const body = { amount: 5000, currency: 'usd', ...CARD }
    await gatehouse.call('POST', `/v1/accounts/${account}/payments`, { body })
    await gatehouse.settle()
    await lose()
    const made = await madeElsewhere(gatehouse, account, { what: 'payment_intents', params: PAID })
    await gatehouse.settle()
    await gatehouse.sim('DELETE', '/_sim/delivery')
    await gatehouse.sim('POST', `/_sim/accounts/${account}/deauthorize`)
    // Stripe pays out by its schedule.
    for (let days = 0; days < 6; days += 1) {
      clock.advance(DAY)
      // oxlint-disable-next-line no-await-in-loop
      await gatehouse.simulator.settle()
    }
    const payouts = () => database.rows("SELECT id FROM instances WHERE machine = 'payout'")
    expect(await payouts()).toEqual([])
    await database.rows('UPDATE streams SET next_at = ?', [clock.now() + DAY])
    await gatehouse.sim('POST', `/_sim/accounts/${account}/authorize`, {})
    await gatehouse.settle()
    await pass(4 * MINUTE)
    expect(await payouts()).toHaveLength(1)
    const payment = await gatehouse.call('GET', `/v1/accounts/${account}/payments/${made.id}`)
    expect(payment.body).toMatchObject({ status: 'succeeded' })
  })

  it('is found although a fetch that began before the reconnection ended after it', async () => {
    const merchant = await anEnabledMerchant(gatehouse)
    const { body: payment } = await merchant.pay()
    await gatehouse.settle()
    clock.advance(MINUTE)
    await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}/deauthorize`)
    await gatehouse.settle()
    clock.advance(MINUTE)
    await gatehouse.sim('POST', `/_sim/payment_intents/${payment['id']}/dispute`, {})
    await database.rows('UPDATE streams SET next_at = ?', [clock.now() + DAY])
    const fetching = gatehouse.process({
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        const answer = await next(request)
        if (!request.url.includes('/v1/payment_intents/')) return answer
        clock.advance(1_000)
        await gatehouse.sim('POST', `/_sim/accounts/${merchant.account}/authorize`, {})
        await gatehouse.settle()
        return answer
      },
    })
    const [row] = await fetching.deps().db.read([selectInstance('payment', payment['id'])])
    if (!row) throw new Error('the payment is not stored')
    await refresh(fetching.deps(), row, { kind: 'effect', id: 'a fetch' })
    await pass(2 * MINUTE)
    expect((await merchant.read(payment['id'])).body).toMatchObject({ dispute: 'open' })
  })
})

describe('a run', () => {
  it('stays within its budget and Stripe’s limits, and the next run continues', async () => {
    const { ids } = await gatehouse.sim('POST', '/_sim/accounts', { count: 210, state: 'enabled' })
    for (const account of ids) {
      // oxlint-disable-next-line no-await-in-loop
      await gatehouse.sim('POST', `/_sim/accounts/${account}`, { email: 'x@example.com' })
    }
    await gatehouse.settle()
    await pass(2 * MINUTE)
    await gatehouse.sim('POST', '/_sim/switches', {
      rate_limit: { per_second: CALLS_PER_SECOND + 1, per_endpoint: CALLS_PER_SECOND + 1 },
    })
    clock.advance(2 * DAY)
    await gatehouse.sim('DELETE', '/_sim/calls')
    await gatehouse.cron()
    const first = await stripeCalls()
    expect(first.total).toBeLessThanOrEqual(CALLS_PER_RUN)
    expect((await overview())['reconciler']['last_run']).toMatchObject({
      stripe_calls: CALLS_PER_RUN,
      ended_by: 'budget',
    })
    await pass(3 * MINUTE)
    expect((await overview())['reconciler']).toMatchObject({ last_run: { ended_by: null } })
    const requests = (await gatehouse.sim('GET', '/_sim/requests')) as { data: { status: number }[] }
    expect(requests.data.filter((request) => request.status === 429)).toEqual([])
    const [oldest] = await database.rows(
      'SELECT min(verified) AS at FROM (SELECT context ->> ? AS verified FROM instances)',
      ['verified_at'],
    )
    expect(Number(oldest?.['at'])).toBeGreaterThan(clock.now() - DAY)
  }, 120_000)

  it('holds a lease: a concurrent run does nothing', async () => {
    await anAccount('one')
    clock.advance(2 * DAY)
    await gatehouse.sim('DELETE', '/_sim/calls')
    const other = gatehouse.process()
    await Promise.all([gatehouse.cron(), other.cron()])
    const both = await stripeCalls()
    await database.client.execute({ sql: 'UPDATE streams SET next_at = 0', args: [] })
    await database.client.execute({ sql: 'UPDATE instances SET check_at = 0', args: [] })
    await gatehouse.sim('DELETE', '/_sim/calls')
    await gatehouse.cron()
    expect(both).toEqual(await stripeCalls())
  })

  it('that died is followed by another once its lease has run out', async () => {
    const account = await anAccount('orphaned')
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    await database.client.execute({
      sql: "INSERT INTO leases (name, holder, held_until) VALUES ('reconciler', 'the dead', ?)",
      args: [clock.now() + 12 * MINUTE],
    })
    await pass(11 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'created' } })
    await pass(3 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' } })
  })

  it('ends when Stripe is away, and finds everything when Stripe is back', async () => {
    const account = await anAccount('away')
    for (const name of ['second', 'third', 'fourth']) {
      // oxlint-disable-next-line no-await-in-loop
      await anAccount(name)
    }
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    await gatehouse.sim('POST', '/_sim/faults', { route: '*', status: 503, times: 1_000_000 })
    await pass(13 * MINUTE, 13 * MINUTE)
    expect((await overview())['reconciler']['last_run']).toMatchObject({
      stripe_calls: 3,
      ended_by: 'unavailable',
    })
    await gatehouse.sim('DELETE', '/_sim/faults')
    await pass(2 * MINUTE)
    expect(await status(account)).toMatchObject({ state: { onboarding: 'enabled' } })
  })

  it('is not kept from the rest by an account that is out of reach', async () => {
    const [gone, other] = [await anAccount('gone'), await anAccount('other')]
    await lose()
    await gatehouse.sim('POST', `/_sim/accounts/${gone}/deauthorize`)
    await gatehouse.sim('POST', `/_sim/accounts/${other}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    await pass(13 * MINUTE)
    expect(await status(gone)).toMatchObject({ state: { connection: 'disconnected' } })
    expect(await status(other)).toMatchObject({ state: { onboarding: 'enabled' } })
  })

  it.each([
    ['server errors', 500, { type: 'api_error' }, 'unavailable'],
    ['refusals', 403, { type: 'invalid_request_error' }, 'misconfigured'],
    ['lock timeouts', 429, { type: 'invalid_request_error', code: 'lock_timeout' }, 'rate_limited'],
  ])(
    'continues with other accounts although one account gets nothing but %s',
    async (_, answered, error, ended_by) => {
      const [stuck, other] = [await anAccount('stuck'), await anAccount('other')]
      const through = gatehouse.process({
        fetch: (next) => async (input, init) => {
          const request = new Request(input, init)
          const isStuck =
            request.headers.get('stripe-account') === stuck || request.url.endsWith(`/v1/accounts/${stuck}`)
          const headers = { date: new Date(clock.now()).toUTCString(), 'stripe-should-retry': 'false' }
          return isStuck ? Response.json({ error }, { status: answered, headers }) : next(request)
        },
      })
      await lose()
      await gatehouse.sim('POST', `/_sim/accounts/${other}/onboard`, { outcome: 'enabled' })
      await gatehouse.settle()
      clock.advance(12 * MINUTE)
      await through.cron()
      expect(await status(other), 'its events').toMatchObject({ state: { onboarding: 'enabled' } })
      // Longer than Stripe keeps its events.
      clock.advance(31 * DAY)
      await gatehouse.sim('POST', `/_sim/accounts/${other}/move`, { move: 'rejected' })
      await gatehouse.settle()
      clock.advance(31 * DAY)
      await through.cron()
      expect(await status(other), 'how it is').toMatchObject({ state: { onboarding: 'rejected' } })
      expect((await overview())['reconciler']['last_run']).toMatchObject({ ended_by })
    },
  )
})
