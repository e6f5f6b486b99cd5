/** Whatever fails, no payout is created or canceled twice and none is lost; Stripe's books and ours agree at the end. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let payee: Payee
/** How far the clock is ahead, for Stripe and for us, in ms. */
let clockAheadMs = 0
const now = () => Date.now() + clockAheadMs
let databaseIs: 'up' | 'down after Stripe answers' | 'down' = 'up'

/** The timeout of a Stripe call, shorter than in production. */
const TIMEOUT_MS = 250

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  clockAheadMs = 0
  databaseIs = 'up'
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('http://stripe.test')) {
        if (databaseIs === 'down') throw new TypeError('the database is down')
        return next(request)
      }
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)])
      const answer = await next(new Request(request, { signal }))
      if (databaseIs === 'down after Stripe answers' && request.method === 'POST') databaseIs = 'down'
      return answer
    },
  })
  payee = await aPayee(gatehouse)
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const FAULTS: Record<string, object> = {
  fails: { status: 500 },
  'fails and stores the failure': { status: 500, stored: true },
  'executes it, then fails': { status: 500, after_commit: true },
  'never answers': { timeout: true },
  'executes it, then never answers': { timeout: true, after_commit: true },
  'resets the connection': { reset: true },
  'executes it, then resets the connection': { reset: true, after_commit: true },
  'executes it, then breaks off its answer': { truncate: true, after_commit: true },
  'limits the rate': { status: 429, code: 'rate_limit' },
  'says that the key is in use': { status: 409, code: 'idempotency_key_in_use' },
  'executes it, but says that the key is in use': {
    status: 409,
    code: 'idempotency_key_in_use',
    after_commit: true,
  },
  'has locked the object': { status: 409, code: 'lock_timeout' },
}
const COMMANDS = {
  create: { route: 'POST /v1/payouts' },
  cancel: { route: 'POST /v1/payouts/{payout}/cancel' },
}

const key = { idempotencyKey: 'run-1' }
const create = () => payee.payOut({ amount: 7000 }, key)

const isRetriable = ({ status, body }: Answer) => status >= 500 || body['code'] === 'idempotency_key_in_use'

/** Our payouts, in the form of Stripe's list. */
async function ours(): Promise<{ id: string; status: string; amount: number }[]> {
  const { body } = await gatehouse.call('GET', `/v1/accounts/${payee.account}/payouts`)
  return body['data'].map(({ id, stripe_status, amount }: any) => ({ id, status: stripe_status, amount }))
}

/** Stripe and we have the same payouts, and Stripe's books balance to the cent. */
async function expectAgreement(): Promise<{ id: string; status: string; amount: number }[]> {
  await gatehouse.settle()
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
  const theirs = (await payee.atStripe()).map(({ id, status, amount }) => ({ id, status, amount })).sort(byId)
  expect((await ours()).sort(byId)).toEqual(theirs)
  const sum = (of: typeof theirs) => of.reduce((total, { amount }) => total + amount, 0)
  expect(await payee.books()).toMatchObject({
    balanced: true,
    paid_out: sum(theirs),
    payouts_returned: sum(theirs.filter(({ status }) => status === 'canceled')),
  })
  return theirs
}

describe.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])('%s', (command) => {
  /** Creates what the command needs, and returns a function that sends it. */
  const prepare = async () => {
    if (command === 'create') return create
    const { body } = await payee.payOut({ amount: 7000 })
    await gatehouse.settle()
    return () => payee.cancel(body['id'], key)
  }
  const succeeded = { create: { status: 201, at: 'pending' }, cancel: { status: 200, at: 'canceled' } }[
    command
  ]

  describe.each(Object.keys(FAULTS))('when Stripe %s', (name) => {
    beforeEach(async () => {
      await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header: false })
    })
    const fault = () =>
      gatehouse.sim('POST', '/_sim/faults', { ...COMMANDS[command], times: 2, ...FAULTS[name] })

    it('is executed once for a client who retries until it has an answer', async () => {
      const send = await prepare()
      await fault()
      let answer = await send()
      for (let tries = 0; isRetriable(answer) && tries < 5; tries += 1) {
        clockAheadMs += MINUTE_MS
        // oxlint-disable-next-line no-await-in-loop
        answer = await send()
      }
      expect(answer).toMatchObject({ status: succeeded.status, body: { amount: 7000 } })
      expect(await expectAgreement()).toEqual([{ id: answer.body['id'], status: succeeded.at, amount: 7000 }])
      expect((await send()).body, 'a replay gets the same answer').toEqual(answer.body)
    })

    it('ends as at Stripe for a client who does not retry', async () => {
      const send = await prepare()
      await fault()
      await send()
      const theirs = await expectAgreement()
      expect(theirs.length).toBeLessThanOrEqual(1)
    })
  })

  it('is executed once when the database fails before the answer is stored', async () => {
    const send = await prepare()
    databaseIs = 'down after Stripe answers'
    expect(await send()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    databaseIs = 'up'
    const again = await send()
    expect(again.status).toBe(succeeded.status)
    expect(await expectAgreement()).toEqual([{ id: again.body['id'], status: succeeded.at, amount: 7000 }])
  })

  it('is executed once when the webhook arrives before the retry', async () => {
    const send = await prepare()
    databaseIs = 'down after Stripe answers'
    await send()
    databaseIs = 'up'
    await gatehouse.settle()
    const again = await send()
    expect(again.status).toBe(succeeded.status)
    expect(await expectAgreement()).toHaveLength(1)
  })

  it('is executed once when the webhook is lost and Stripe has forgotten the key', async () => {
    const send = await prepare()
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', '/_sim/faults', {
      ...COMMANDS[command],
      times: 2,
      reset: true,
      after_commit: true,
    })
    expect((await send()).status).toBe(502)
    clockAheadMs += 25 * HOUR_MS
    const again = await send()
    expect(again.status).toBe(succeeded.status)
    expect((await payee.atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
  })

  it('is refused with another request under the same key', async () => {
    const send = await prepare()
    await send()
    expect(await payee.payOut({ amount: 1 }, key)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })
  })
})

describe('concurrency', () => {
  it('60 concurrent requests with 12 keys create 12 payouts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        payee.payOut({ amount: 100 }, { idempotencyKey: `run-${index % 12}` }),
      ),
    )
    const again = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        payee.payOut({ amount: 100 }, { idempotencyKey: `run-${index}` }),
      ),
    )
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201))
    const made = new Set(again.map(({ body }) => body['id']))
    const answered = answers.filter(({ status }) => status === 201)
    expect(answered.every(({ body }) => made.has(body['id']))).toBe(true)
    expect(answers.filter(({ status }) => status !== 201 && status !== 409 && status !== 503)).toEqual([])
    expect(await expectAgreement()).toHaveLength(12)
  })
})

it('a payout costs two round trips and one call to Stripe; a replay or a closed gate costs one and none', async () => {
  await gatehouse.settle()
  expect((await gatehouse.counting(create)).trips).toEqual({ libsql: 2, stripe: 1 })
  expect((await gatehouse.counting(create)).trips).toEqual({ libsql: 1, stripe: 0 })
  await gatehouse.call('POST', `/v1/accounts/${payee.account}/hold`, { body: { reason: 'test' } })
  expect((await gatehouse.counting(() => payee.payOut())).trips).toEqual({ libsql: 1, stripe: 0 })
})
