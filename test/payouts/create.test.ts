/** Payouts over HTTP: created, canceled, reversed and read. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { callStripe } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
/** How far the clock is ahead, in ms. */
let clockAheadMs = 0
beforeEach(async () => {
  clockAheadMs = 0
  const now = () => Date.now() + clockAheadMs
  await database.clear()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
})

const DAY_S = 86_400
const path = ({ account }: Payee, rest: string) => `/v1/accounts/${account}/${rest}`

/** Advances Stripe's clock and handles the events of those days. */
async function advanceDays(count: number): Promise<void> {
  await gatehouse.simulator.advance(count * DAY_S)
  await gatehouse.settle()
}

describe('a manual payout', () => {
  it('is created, arrives, and is provisional for five business days', async () => {
    const payee = await aPayee(gatehouse)
    const made = await payee.payOut()
    expect(made).toMatchObject({
      status: 201,
      body: {
        account: payee.account,
        status: 'pending',
        stripe_status: 'pending',
        amount: 5000,
        currency: 'usd',
        automatic: false,
        method: 'standard',
        failure: null,
        settles_at: null,
        original_payout: null,
        reversed_by: null,
      },
    })
    await advanceDays(5)
    const arrived = await payee.read(made.body['id'])
    expect(arrived.body).toMatchObject({ status: 'paid', arrival_date: made.body['arrival_date'] })
    const arrival = Date.parse(arrived.body['arrival_date'])
    const settles = Date.parse(arrived.body['settles_at'])
    expect((settles - arrival) / 86_400_000).toBeGreaterThanOrEqual(6)
    expect(await payee.read(made.body['id'])).toMatchObject({ body: { trace: { status: 'supported' } } })
  })

  it('settles when our clock has passed the return window, not before, and still fails if the bank returns it', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await advanceDays(5)
    const settlesAt = Date.parse((await payee.read(body['id'])).body['settles_at'])
    await gatehouse.cron()
    expect((await payee.read(body['id'])).body['status']).toBe('paid')
    clockAheadMs = settlesAt - Date.now() + 1000
    await gatehouse.cron()
    expect((await payee.read(body['id'])).body['status']).toBe('settled')
    const { body: history } = await gatehouse.call('GET', path(payee, `payouts/${body['id']}/history`))
    expect(history['data'].find(({ cause }: any) => cause.kind === 'clock')).toMatchObject({
      event: 'clock.reached',
      from: { payout: 'paid' },
      to: { payout: 'settled' },
    })
    await payee.sendEvent(body['id'], { status: 'failed', failure_code: 'declined' })
    expect((await payee.read(body['id'])).body).toMatchObject({ status: 'failed', settles_at: null })
    expect(await payee.status()).toMatchObject({ state: { payouts: 'failing' } })
  })

  it('appears in the account’s history and status, in order', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    expect((await payee.status())['payouts'].next).toEqual({
      payout: body['id'],
      amount: 5000,
      currency: 'usd',
      arrival_date: body['arrival_date'],
    })
    await advanceDays(5)
    expect((await payee.status())['payouts'].next).toBeNull()
    const { body: history } = await gatehouse.call('GET', path(payee, 'history?limit=100'))
    const story = history['data'].flatMap(
      ({ changed }: any) => changed[`payouts.${body['id']}.state`] ?? changed['payouts']?.[body['id']] ?? [],
    )
    expect(story.reverse()).toEqual(['pending', null, 'in_transit', 'pending', 'paid', 'in_transit'])
    const { body: own } = await gatehouse.call('GET', path(payee, `payouts/${body['id']}/history`))
    expect(own['data'].map(({ to }: any) => to.payout)).toContain('in_transit')
    expect(own['data'].at(-1)).toMatchObject({ seq: 1, cause: { kind: 'command' }, from: null })
  })

  it('can be canceled while it is pending, and the money returns to the balance', async () => {
    const payee = await aPayee(gatehouse)
    const before = await payee.books()
    const { body } = await payee.payOut()
    const canceled = await payee.cancel(body['id'])
    expect(canceled).toMatchObject({ status: 200, body: { id: body['id'], status: 'canceled' } })
    const after = await payee.books()
    expect(after).toMatchObject({ balanced: true, available: before['available'] })
    await gatehouse.settle()
    expect((await payee.status())['payouts'].next).toBeNull()
    const { body: history } = await gatehouse.call('GET', path(payee, 'history?limit=100'))
    expect(
      history['data'].flatMap(({ changed }: any) => changed[`payouts.${body['id']}.state`] ?? []),
      'newest first',
    ).toEqual(['pending', 'canceled', null, 'pending'])
  })

  it('in transit cannot be canceled, and Stripe is not asked', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await advanceDays(1)
    const { result, trips } = await gatehouse.counting(() => payee.cancel(body['id']))
    expect(result).toMatchObject({
      status: 409,
      body: { code: 'payout_state_conflict', payout: body['id'], state: 'in_transit' },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('whose webhook was lost cannot be canceled either, and the refusal updates it', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await advanceDays(1)
    expect(await payee.cancel(body['id'])).toMatchObject({
      status: 409,
      body: { code: 'payout_state_conflict', state: 'in_transit' },
    })
    expect((await payee.read(body['id'])).body['status']).toBe('in_transit')
  })

  it('that is canceled cannot be canceled again', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await payee.cancel(body['id'])
    expect(await payee.cancel(body['id'])).toMatchObject({
      status: 409,
      body: { code: 'payout_state_conflict', state: 'canceled' },
    })
  })

  it('is canceled by Stripe after ten days without payouts_enabled, and the money returns to the balance', async () => {
    const payee = await aPayee(gatehouse)
    const before = await payee.books()
    const { body } = await payee.payOut()
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, { payouts_enabled: false })
    await advanceDays(12)
    expect((await payee.read(body['id'])).body).toMatchObject({ status: 'canceled', failure: null })
    expect(await payee.books()).toMatchObject({ balanced: true, available: before['available'] })
    expect((await payee.status())['state'].payouts).toBe('off')
  })

  it('can be canceled while the account is held', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.call('POST', path(payee, 'hold'), { body: { reason: 'looks odd' } })
    expect((await payee.cancel(body['id'])).status).toBe(200)
  })
})

describe('an automatic payout', () => {
  it('is stored with its first event, and cannot be canceled', async () => {
    const payee = await aPayee(gatehouse, { interval: 'daily' })
    await advanceDays(3)
    const { body } = await gatehouse.call('GET', path(payee, 'payouts'))
    expect(body['data']).toMatchObject([{ automatic: true, amount: expect.any(Number) }])
    const [{ id }] = body['data']
    const answer = await payee.cancel(id)
    expect(answer).toMatchObject({ status: 409, body: { code: 'payout_state_conflict', automatic: true } })
    await advanceDays(5)
    expect((await payee.read(id)).body).toMatchObject({ reconciliation_status: 'completed' })
  })
})

describe('a reversal', () => {
  it('is a payout of its own; it and the original name each other', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await advanceDays(5)
    await callStripe(gatehouse, payee.account, { call: `POST /v1/payouts/${body['id']}/reverse` })
    await advanceDays(5)
    const { body: list } = await gatehouse.call('GET', path(payee, 'payouts'))
    const [reversal, original] = list['data']
    expect(reversal).toMatchObject({ amount: -5000, original_payout: body['id'], status: 'paid' })
    expect(original).toMatchObject({ id: body['id'], status: 'paid', reversed_by: reversal.id })
  })
})

describe('a read', () => {
  it('of a payout, a list or a history costs one round trip', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    const reads = ['payouts', `payouts/${body['id']}`, `payouts/${body['id']}/history`]
    for (const rest of reads) {
      // oxlint-disable-next-line no-await-in-loop
      const { result, trips } = await gatehouse.counting(() => gatehouse.call('GET', path(payee, rest)))
      expect([rest, result.status, trips]).toEqual([rest, 200, { libsql: 1, stripe: 0 }])
    }
  })

  it('of a list pages through payouts, newest first', async () => {
    const payee = await aPayee(gatehouse)
    const made: string[] = []
    for (let count = 0; count < 3; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      made.unshift((await payee.payOut()).body['id'])
    }
    const first = await gatehouse.call('GET', path(payee, 'payouts?limit=2'))
    const rest = await gatehouse.call(
      'GET',
      path(payee, `payouts?limit=2&cursor=${first.body['next_cursor']}`),
    )
    expect([...first.body['data'], ...rest.body['data']].map(({ id }) => id)).toEqual(made)
    expect(rest.body).toMatchObject({ has_more: false, next_cursor: null })
  })

  it('of another account’s payout is answered 404', async () => {
    const [one, other] = [await aPayee(gatehouse), await aPayee(gatehouse)]
    const { body } = await one.payOut()
    expect(await other.read(body['id'])).toMatchObject({ status: 404, body: { code: 'payout_not_found' } })
    expect((await other.cancel(body['id'])).body['code']).toBe('payout_not_found')
  })
})
