/** No payout is made twice and none is lost, whatever fails on the way; Stripe's books and ours agree at the end. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let payee: Payee
/** How far the clock that Stripe and we share has been moved, in ms. */
let later = 0
const now = () => Date.now() + later
let storage: 'there' | 'gone once Stripe has acted' | 'gone' = 'there'

/** Nobody here waits the ten seconds that a client may. */
const PATIENCE_MS = 250

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  later = 0
  storage = 'there'
  await database.clear()
  gatehouse = await startGatehouse(database, {
    now,
    simulator: { now },
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('http://stripe.test')) {
        if (storage === 'gone') throw new TypeError('the database is gone')
        return next(request)
      }
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)])
      const answer = await next(new Request(request, { signal }))
      if (storage === 'gone once Stripe has acted' && request.method === 'POST') storage = 'gone'
      return answer
    },
  })
  payee = await aPayee(gatehouse)
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const FAULTS: Record<string, object> = {
  'fails before': { status: 500 },
  'fails before, and stores that': { status: 500, stored: true },
  'applies, then fails': { status: 500, after_commit: true },
  'never answers': { timeout: true },
  'applies, then never answers': { timeout: true, after_commit: true },
  'breaks off before': { reset: true },
  'applies, then breaks off': { reset: true, after_commit: true },
  'applies, then answers half': { truncate: true, after_commit: true },
  'has too much to do': { status: 429, code: 'rate_limit' },
  'is still at it': { status: 409, code: 'idempotency_key_in_use' },
  'applies, but says it is still at it': {
    status: 409,
    code: 'idempotency_key_in_use',
    after_commit: true,
  },
  'has locked the balance': { status: 409, code: 'lock_timeout' },
}
const COMMANDS = {
  create: { route: 'POST /v1/payouts' },
  cancel: { route: 'POST /v1/payouts/{payout}/cancel' },
}

const key = { idempotencyKey: 'run-1' }
const create = () => payee.payOut({ amount: 7000 }, key)

const mayBeTriedAgain = ({ status, body }: Answer) =>
  status >= 500 || body['code'] === 'idempotency_key_in_use'

/** Ours, by id, as Stripe's own list would show them. */
async function ours(): Promise<{ id: string; status: string; amount: number }[]> {
  const { body } = await gatehouse.call('GET', `/v1/accounts/${payee.account}/payouts`)
  return body['data'].map(({ id, stripe_status, amount }: any) => ({ id, status: stripe_status, amount }))
}

/** What Stripe did and what we know of it are one; and the money adds up to the cent. */
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
  /** The command under test, and what it is about. */
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

    it('is done once by whoever tries until there is an answer', async () => {
      const act = await prepare()
      await fault()
      let answer = await act()
      for (let tries = 0; mayBeTriedAgain(answer) && tries < 5; tries += 1) {
        later += MINUTE_MS
        // oxlint-disable-next-line no-await-in-loop
        answer = await act()
      }
      expect(answer).toMatchObject({ status: succeeded.status, body: { amount: 7000 } })
      expect(await expectAgreement()).toEqual([{ id: answer.body['id'], status: succeeded.at, amount: 7000 }])
      expect((await act()).body, 'and is what it was').toEqual(answer.body)
    })

    it('is known as it is although nobody tries again', async () => {
      const act = await prepare()
      await fault()
      await act()
      const theirs = await expectAgreement()
      expect(theirs.length).toBeLessThanOrEqual(1)
    })
  })

  it('is done once when the database was lost before its answer was stored', async () => {
    const act = await prepare()
    storage = 'gone once Stripe has acted'
    expect(await act()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } })
    storage = 'there'
    const again = await act()
    expect(again.status).toBe(succeeded.status)
    expect(await expectAgreement()).toEqual([{ id: again.body['id'], status: succeeded.at, amount: 7000 }])
  })

  it('is done once when its event came before the retry', async () => {
    const act = await prepare()
    storage = 'gone once Stripe has acted'
    await act()
    storage = 'there'
    await gatehouse.settle()
    const again = await act()
    expect(again.status).toBe(succeeded.status)
    expect(await expectAgreement()).toHaveLength(1)
  })

  it('is done once when Stripe has forgotten the key and no event ever came', async () => {
    const act = await prepare()
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', '/_sim/faults', {
      ...COMMANDS[command],
      times: 2,
      reset: true,
      after_commit: true,
    })
    expect((await act()).status).toBe(502)
    later += 25 * HOUR_MS
    const again = await act()
    expect(again.status).toBe(succeeded.status)
    expect((await payee.atStripe()).map(({ id }) => id)).toEqual([again.body['id']])
  })

  it('is refused under the same key for another thing', async () => {
    const act = await prepare()
    await act()
    expect(await payee.payOut({ amount: 1 }, key)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })
  })
})

describe('many at once', () => {
  it('60 requests with 12 keys make 12 payouts, and every answer of a key is the same', async () => {
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

it('costs two round trips and one call to Stripe, refused one and none, replayed one and none', async () => {
  await gatehouse.settle()
  expect((await gatehouse.counting(create)).trips).toEqual({ libsql: 2, stripe: 1 })
  expect((await gatehouse.counting(create)).trips).toEqual({ libsql: 1, stripe: 0 })
  await gatehouse.call('POST', `/v1/accounts/${payee.account}/hold`, { body: { reason: 'test' } })
  expect((await gatehouse.counting(() => payee.payOut())).trips).toEqual({ libsql: 1, stripe: 0 })
})
