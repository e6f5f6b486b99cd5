/** Payouts over HTTP: made, called back, brought back, read; beside real libSQL and the simulated Stripe. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
/** How far our own clock has been moved, in ms. */
let later = 0
beforeEach(async () => {
  later = 0
  const now = () => Date.now() + later
  await database.clear()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
})

const DAY_S = 86_400
const path = ({ account }: Payee, rest: string) => `/v1/accounts/${account}/${rest}`

/** Stripe's clock moves on, and all that falls due on the way has been told. */
async function days(count: number): Promise<void> {
  await gatehouse.simulator.advance(count * DAY_S)
  await gatehouse.settle()
}

describe('a manual payout', () => {
  it('is made, goes to the bank, arrives, and is provisional until five business days have passed', async () => {
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
    await days(5)
    const arrived = await payee.read(made.body['id'])
    expect(arrived.body).toMatchObject({ status: 'paid', arrival_date: made.body['arrival_date'] })
    const unit = Date.parse(arrived.body['arrival_date'])
    const settles = Date.parse(arrived.body['settles_at'])
    expect((settles - unit) / 86_400_000).toBeGreaterThanOrEqual(6)
    expect(await payee.read(made.body['id'])).toMatchObject({ body: { trace: { status: 'supported' } } })
  })

  it('settles when our own clock has passed the window, not before, and fails all the same if the bank sends it back', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await days(5)
    const settlesAt = Date.parse((await payee.read(body['id'])).body['settles_at'])
    await gatehouse.cron()
    expect((await payee.read(body['id'])).body['status']).toBe('paid')
    later = settlesAt - Date.now() + 1000
    await gatehouse.cron()
    expect((await payee.read(body['id'])).body['status']).toBe('settled')
    const { body: history } = await gatehouse.call('GET', path(payee, `payouts/${body['id']}/history`))
    expect(history['data'].find(({ cause }: any) => cause.kind === 'clock')).toMatchObject({
      event: 'clock.reached',
      from: { payout: 'paid' },
      to: { payout: 'settled' },
    })
    await payee.tell(body['id'], { status: 'failed', failure_code: 'declined' })
    expect((await payee.read(body['id'])).body).toMatchObject({ status: 'failed', settles_at: null })
    expect(await payee.status()).toMatchObject({ state: { payouts: 'failing' } })
  })

  it('takes its place in the account’s history and status, in order', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    expect((await payee.status())['payouts'].next).toEqual({
      payout: body['id'],
      amount: 5000,
      currency: 'usd',
      arrival_date: body['arrival_date'],
    })
    await days(5)
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

  it('is called back while it is pending, and the money is where it was', async () => {
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

  it('cannot be called back once the bank has it, and Stripe is not asked', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await days(1)
    const { result, trips } = await gatehouse.counting(() => payee.cancel(body['id']))
    expect(result).toMatchObject({
      status: 409,
      body: { code: 'payout_state_conflict', payout: body['id'], state: 'in_transit' },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('that has moved on unheard is not called back either, and is heard of by the refusal', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await days(1)
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

  it('that cannot be sent because Stripe pays nothing out is given up after ten days, and comes back', async () => {
    const payee = await aPayee(gatehouse)
    const before = await payee.books()
    const { body } = await payee.payOut()
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, { payouts_enabled: false })
    await days(12)
    expect((await payee.read(body['id'])).body).toMatchObject({ status: 'canceled', failure: null })
    expect(await payee.books()).toMatchObject({ balanced: true, available: before['available'] })
    expect((await payee.status())['state'].payouts).toBe('off')
  })

  it('may be called back while the account is held, as it keeps money where it is', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.call('POST', path(payee, 'hold'), { body: { reason: 'looks odd' } })
    expect((await payee.cancel(body['id'])).status).toBe(200)
  })
})

describe('an automatic payout', () => {
  it('is adopted when it is first heard of, and cannot be called back', async () => {
    const payee = await aPayee(gatehouse, { interval: 'daily' })
    await days(3)
    const { body } = await gatehouse.call('GET', path(payee, 'payouts'))
    expect(body['data']).toMatchObject([{ automatic: true, amount: expect.any(Number) }])
    const [{ id }] = body['data']
    const answer = await payee.cancel(id)
    expect(answer).toMatchObject({ status: 409, body: { code: 'payout_state_conflict', automatic: true } })
    await days(5)
    expect((await payee.read(id)).body).toMatchObject({ reconciliation_status: 'completed' })
  })
})

describe('a reversal', () => {
  it('is a payout of its own that names the other, and is named by it', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await days(5)
    await gatehouse.simulator.fetch(
      new Request(`http://stripe.test/v1/payouts/${body['id']}/reverse`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': payee.account },
      }),
    )
    await days(5)
    const { body: list } = await gatehouse.call('GET', path(payee, 'payouts'))
    const [reversal, original] = list['data']
    expect(reversal).toMatchObject({ amount: -5000, original_payout: body['id'], status: 'paid' })
    expect(original).toMatchObject({ id: body['id'], status: 'paid', reversed_by: reversal.id })
  })
})

describe('reading', () => {
  it('costs one round trip for a payout, a list and a history', async () => {
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

  it('pages through payouts, newest first', async () => {
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

  it('shows no payout of another account', async () => {
    const [one, other] = [await aPayee(gatehouse), await aPayee(gatehouse)]
    const { body } = await one.payOut()
    expect(await other.read(body['id'])).toMatchObject({ status: 404, body: { code: 'payout_not_found' } })
    expect((await other.cancel(body['id'])).body['code']).toBe('payout_not_found')
  })
})
