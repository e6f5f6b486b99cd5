/** Failed events: kept with their reason, blocking no other, and replayed by cron or by an operator. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aClock, type Clock } from '../support/clock.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let clock: Clock

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
afterEach(() => gatehouse.settle())
afterAll(() => database.stop())

const second = () => Math.floor(clock.now() / 1000)

/** Sends an event, one minute after the previous one. */
async function send(account: string, over: Parameters<typeof anAccountEvent>[1] = {}): Promise<string> {
  clock.advance(60_000)
  const event = anAccountEvent(account, { created: second() - 5, ...over })
  const response = await gatehouse.fetch(await signedWebhook(event, { timestamp: second() }))
  expect(response.status).toBe(200)
  return event['id'] as string
}

const read = async (event: string) => (await gatehouse.call('GET', `/v1/events/${event}`)).body
const replay = (event: string) => gatehouse.call('POST', `/v1/events/${event}/replay`)
const seqOf = async (account: string) =>
  (await database.rows('SELECT seq FROM instances WHERE id = ?', [account]))[0]?.['seq']
const versionOf = (account: string, version: number) =>
  database.client.execute({
    sql: 'UPDATE instances SET version = ? WHERE id = ?',
    args: [version, account],
  })
const chargesEnabled = (charges_enabled: boolean) => ({ object: { charges_enabled } })

describe('an event for a state that a newer build has stored', () => {
  let account: string
  let event: string
  beforeEach(async () => {
    const { body } = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'shop' } })
    account = body['id']
    await gatehouse.settle()
    await versionOf(account, 99)
    event = await send(account, chargesEnabled(false))
  })

  it('is kept as failed, with the reason, and the stored state is left alone', async () => {
    expect(await read(event)).toMatchObject({
      outcome: 'failed',
      detail: 'UnreadableState: account state has version 99, newer than this build knows',
      retry_at: new Date(clock.now() + 60_000).toISOString(),
      replayed_at: null,
    })
    const [row] = await database.rows('SELECT version, seq FROM instances WHERE id = ?', [account])
    expect(row).toMatchObject({ version: 99 })
  })

  it('blocks no other event', async () => {
    const other = await send('acct_2')
    expect(await read(other)).toMatchObject({ outcome: 'applied' })
  })

  it('is replayed by cron once it is due and the newer build runs', async () => {
    const before = Number(await seqOf(account))
    await versionOf(account, 3)
    await gatehouse.cron()
    expect(await read(event)).toMatchObject({ outcome: 'failed', replayed_at: null })
    clock.advance(60_000)
    await gatehouse.cron()
    expect(await read(event)).toMatchObject({
      outcome: 'applied',
      retry_at: null,
      replayed_at: expect.any(String),
    })
    const [last] = await database.rows('SELECT cause_kind FROM transitions WHERE id = ? AND seq = ?', [
      account,
      before + 1,
    ])
    expect(last).toMatchObject({ cause_kind: 'reconciler' })
  })

  it('is due again later if it still cannot be applied', async () => {
    clock.advance(60_000)
    await gatehouse.cron()
    expect(await read(event)).toMatchObject({
      outcome: 'failed',
      retry_at: new Date(clock.now() + 60_000).toISOString(),
    })
  })

  it('is due again an hour later if Stripe is unavailable', async () => {
    await gatehouse.sim('POST', '/_sim/faults', { route: '*', status: 503, times: 1_000_000 })
    clock.advance(60_000)
    await gatehouse.cron()
    const { retry_at, replayed_at } = await read(event)
    expect([Date.parse(retry_at as string) - clock.now(), replayed_at]).toEqual([3_600_000, null])
    const asked = await replay(event)
    expect(asked).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } })
  })

  it('leaves the reconciler its time if Stripe hangs on many such events; the next run replays the rest', async () => {
    for (let others = 1; others <= 3; others += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await send(account, chargesEnabled(false))
    }
    clock.advance(60_000)
    const hanging = gatehouse.process({
      fetch: (next) => async (input, init) => {
        const request = new Request(input, init)
        if (!request.url.includes('/v1/events/')) return next(request)
        clock.advance(20_000)
        return Response.json({ error: {} }, { status: 503, headers: { 'stripe-should-retry': 'false' } })
      },
    })
    const due = () => database.rows('SELECT id FROM inbox WHERE retry_at <= ?', [clock.now()])
    await hanging.cron()
    const { body } = await gatehouse.call('GET', '/v1/overview')
    expect(body['reconciler'].last_run.stripe_calls).toBeGreaterThan(0)
    expect(await due()).toHaveLength(2)
    await hanging.cron()
    expect(await due()).toEqual([])
  })

  it('is not retried again if its payload is gone', async () => {
    await database.client.execute('UPDATE inbox SET payload = NULL')
    clock.advance(60_000)
    await gatehouse.cron()
    expect(await read(event)).toMatchObject({ outcome: 'failed', retry_at: null, payload: null })
  })

  it('is applied when an operator replays it', async () => {
    await versionOf(account, 3)
    expect(await replay(event)).toMatchObject({
      status: 200,
      body: { outcome: 'applied', payload: { data: { object: { charges_enabled: false } } } },
    })
    const [last] = await database.rows(
      'SELECT cause_kind FROM transitions ORDER BY at DESC, seq DESC LIMIT 1',
    )
    expect(last).toMatchObject({ cause_kind: 'operator' })
  })
})

it('an event for an object that a concurrent fetch begins in an older state is replayed by cron', async () => {
  const merchant = await anEnabledMerchant(gatehouse)
  const lose = (drop: number) => gatehouse.sim('POST', '/_sim/delivery', { drop, drop_as: 'delivered' })
  await lose(1)
  const { body } = await merchant.pay({ application_fee_amount: 100 })
  clock.advance(120_000)
  await gatehouse.settle()
  await lose(0)
  const fetching = gatehouse.process({
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      const answer = await next(request)
      if (!request.url.includes('/v1/application_fees')) return answer
      const { data } = (await answer.clone().json()) as { data: { id: string }[] }
      clock.advance(2_000)
      await gatehouse.sim('POST', `/v1/application_fees/${data[0]?.id}/refunds`)
      await gatehouse.simulator.settle()
      return answer
    },
  })
  await fetching.cron()
  expect((await merchant.read(body['id'])).body).toMatchObject({ fee: 'collected' })
  const events = async () =>
    (await gatehouse.call('GET', '/v1/events?type=application_fee.refunded')).body['data'] as unknown[]
  expect(await events()).toMatchObject([{ outcome: 'unchanged', retry_at: expect.any(String) }])
  clock.advance(301_000)
  await gatehouse.cron()
  expect(await events()).toMatchObject([{ outcome: 'applied', detail: null, retry_at: null }])
  expect((await merchant.read(body['id'])).body).toMatchObject({ fee: 'refunded' })
})

describe('a replay', () => {
  it('does not undo newer facts', async () => {
    const old = await send('acct_1', chargesEnabled(false))
    await gatehouse.settle()
    const newer = await send('acct_1', chargesEnabled(true))
    await gatehouse.settle()
    const before = [await seqOf('acct_1'), await read(old)] as const
    const { result, trips } = await gatehouse.counting(() => replay(old))
    expect(result).toMatchObject({ status: 200, body: { outcome: 'applied' } })
    expect(trips.stripe, 'the payload suffices').toBe(0)
    expect(await seqOf('acct_1')).toBe(before[0])
    expect(await read(old)).toEqual({ ...before[1], replayed_at: new Date(clock.now()).toISOString() })
    expect(await read(newer)).toMatchObject({ outcome: 'applied', replayed_at: null })
  })

  it('fetches an event whose payload was pruned', async () => {
    const { body } = await gatehouse.call('POST', '/v1/accounts', { body: { external_id: 'x' } })
    await gatehouse.sim('POST', `/_sim/accounts/${body['id']}/onboard`, { outcome: 'enabled' })
    await gatehouse.settle()
    const [event] = await database.rows("SELECT id FROM inbox WHERE type = 'account.updated' LIMIT 1")
    const id = event?.['id'] as string
    await database.client.execute({
      sql: "UPDATE inbox SET outcome = 'ignored', payload = NULL WHERE id = ?",
      args: [id],
    })
    const after = await replay(id)
    expect(after.status).toBe(200)
    expect(['stale', 'unchanged', 'applied']).toContain(after.body['outcome'])
    expect(after.body['payload']).toMatchObject({ id, data: { object: { id: body['id'] } } })
  })

  it('uses the stored payload if Stripe no longer has the event', async () => {
    const id = await send('acct_1', { object: { id: 'acct_2' } })
    expect(await replay(id)).toMatchObject({
      status: 200,
      body: {
        outcome: 'failed',
        detail: expect.stringContaining('acct_2'),
        retry_at: null,
        replayed_at: new Date(clock.now()).toISOString(),
      },
    })
  })

  it.each(['connect', 'platform'] as const)(
    'fetches an event that an earlier build ignored, because its payload was reduced (%s)',
    async (endpoint) => {
      const account = endpoint === 'connect' ? { account: 'acct_1' } : { account: null }
      const event = anAccountEvent('acct_1', { type: 'customer.created', ...account })
      await gatehouse.fetch(await signedWebhook(event, { endpoint, timestamp: second() }))
      const { result, trips } = await gatehouse.counting(() => replay(event['id'] as string))
      expect(result).toMatchObject({ status: 200, body: { outcome: 'ignored' } })
      expect(trips.stripe).toBe(1)
    },
  )

  it('uses the stored payload if Stripe’s answer cannot be read', async () => {
    const id = await send('acct_1', { type: 'customer.created' })
    const misled = gatehouse.process({
      fetch: (next) => (input, init) =>
        (input instanceof Request ? input.url : String(input)).includes('/v1/events/')
          ? Promise.resolve(
              Response.json({ object: 'event' }, { headers: { date: new Date().toUTCString() } }),
            )
          : next(input, init),
    })
    const answer = await gatehouse.call('POST', `/v1/events/${id}/replay`, { through: misled.fetch })
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'ignored' } })
  })

  it('is answered 410 if neither the inbox nor Stripe has the payload', async () => {
    const id = await send('acct_1')
    await database.client.execute('UPDATE inbox SET payload = NULL')
    expect(await replay(id)).toMatchObject({
      status: 410,
      body: { code: 'event_gone', detail: expect.stringContaining(id) },
    })
    expect(await replay('evt_nobody')).toMatchObject({ status: 404, body: { code: 'event_not_found' } })
    expect((await gatehouse.call('GET', '/v1/events/evt_nobody')).status).toBe(404)
  })
})

describe('the list of events', () => {
  const list = async (query: string) => (await gatehouse.call('GET', `/v1/events${query}`)).body
  const idsOf = ({ data }: any): string[] => data.map(({ id }: any) => id)

  it('pages through all events, newest received first', async () => {
    const sent = []
    // oxlint-disable-next-line no-await-in-loop
    for (const account of ['acct_1', 'acct_2', 'acct_1']) sent.push(await send(account))
    const found: string[] = []
    for (let cursor: string | undefined; ;) {
      // oxlint-disable-next-line no-await-in-loop
      const page = await list(`?limit=1${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
      found.push(...idsOf(page))
      cursor = page['next_cursor'] as string | undefined
      if (!cursor) break
    }
    expect(found).toEqual(sent.toReversed())
  })

  it('filters by account, outcome and type', async () => {
    const one = await send('acct_1')
    const failed = await send('acct_2', { object: { id: 'acct_3' } })
    const other = await send('acct_1', { type: 'customer.created' })
    expect(idsOf(await list('?account=acct_1'))).toEqual([other, one])
    expect(idsOf(await list('?outcome=failed'))).toEqual([failed])
    expect(idsOf(await list('?type=customer.created'))).toEqual([other])
    expect(idsOf(await list('?account=acct_1&outcome=applied&type=account.updated'))).toEqual([one])
    expect(idsOf(await list('?account=acct_2&outcome=applied'))).toEqual([])
  })
})
