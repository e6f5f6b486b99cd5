/** Payouts over HTTP: made, called back, read, explained, refused; beside real libSQL and the simulated Stripe. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { advance } from '../../src/advance/advance.ts'
import { webhookArrival } from '../../src/advance/webhook-arrival.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import { aKey } from '../support/keys.ts'
import { aPayee, BANKS, type Payee } from '../support/payee.ts'

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

/** An event that the simulated Stripe would not send: what should never happen any more, and what nobody knows yet. */
async function tell(
  payee: Payee,
  id: string,
  over: { status: string; failure_code?: string },
): Promise<void> {
  const payout = (await payee.atStripe()).find((one) => one.id === id)
  const event = EventEnvelope.parse({
    id: `evt_${over.status}`,
    type: over.status === 'failed' ? 'payout.failed' : 'payout.updated',
    account: payee.account,
    created: Math.floor((Date.now() + later) / 1000) + 30 * DAY_S,
    livemode: false,
    data: { object: { ...payout, ...over } },
  })
  const cause = { kind: 'webhook', id: event.id } as const
  await advance(gatehouse.deps(), [webhookArrival(event, { source: 'connect', cause })])
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
    const arrival = Date.parse(arrived.body['arrival_date'])
    const settles = Date.parse(arrived.body['settles_at'])
    expect((settles - arrival) / 86_400_000).toBeGreaterThanOrEqual(6)
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
    await tell(payee, body['id'], { status: 'failed', failure_code: 'declined' })
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

describe('of an account that has disconnected', () => {
  it('what is known of its payouts can be read, and nothing is done, without asking Stripe', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`)
    await gatehouse.settle()
    expect((await payee.read(body['id'])).body).toMatchObject({ status: 'pending' })
    expect((await gatehouse.call('GET', path(payee, 'payouts'))).body['data']).toHaveLength(1)
    const { result, trips } = await gatehouse.counting(async () => [
      await payee.payOut(),
      await payee.cancel(body['id']),
    ])
    const refused = {
      status: 409,
      body: { code: 'gate_closed', gate: 'payout', blockers: [{ code: 'account_disconnected' }] },
    }
    expect(result).toMatchObject([refused, refused])
    expect(trips).toEqual({ libsql: 2, stripe: 0 })
  })

  it('unheard, the first command finds it out, and the next is refused here', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`)
    const refused = {
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'account_disconnected', actor: 'merchant' }] },
    }
    expect(await payee.cancel(body['id'])).toMatchObject(refused)
    const again = await gatehouse.counting(() => payee.cancel(body['id']))
    expect(again).toMatchObject({ result: refused, trips: { libsql: 1, stripe: 0 } })
    expect(await payee.payOut()).toMatchObject(refused)
  })

  it('the balance and the schedule are refused in Stripe’s words', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`)
    await gatehouse.settle()
    const schedule = path(payee, 'payout_schedule')
    for (const answer of [
      await gatehouse.call('GET', path(payee, 'balance')),
      await gatehouse.call('GET', schedule),
      await gatehouse.call('PUT', schedule, { body: { interval: 'daily' } }),
    ]) {
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'stripe_refused', stripe_code: 'account_invalid' },
      })
    }
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

describe('a payout that fails', () => {
  it('closes the gate with whose move it is, until the holder has changed the bank', async () => {
    const payee = await aPayee(gatehouse, { bank: BANKS.closed })
    const { body } = await payee.payOut()
    await days(5)
    const destination = body['destination']
    const failed = await payee.read(body['id'])
    expect(failed.body).toMatchObject({
      status: 'failed',
      failure: {
        code: 'account_closed',
        class: 'needs_new_bank_account',
        actor: 'merchant',
        remedy: { method: 'GET', href: 'https://dashboard.stripe.com/' },
        ongoing: true,
        failed_at: expect.any(String),
      },
    })
    expect(await payee.status()).toMatchObject({
      state: { payouts: 'failing' },
      gates: { payout: { open: false }, charge: { open: true } },
      payouts: {
        failing: [
          {
            destination,
            status: 'errored',
            payout: body['id'],
            failure_code: 'account_closed',
            class: 'needs_new_bank_account',
            actor: 'merchant',
          },
        ],
      },
    })
    const { result, trips } = await gatehouse.counting(() => payee.payOut())
    expect(result).toMatchObject({
      status: 409,
      body: {
        code: 'gate_closed',
        gate: 'payout',
        state: { payouts: 'failing' },
        blockers: [
          {
            code: 'payouts_failing',
            actor: 'merchant',
            detail: expect.stringContaining(`${destination} fail (account_closed)`),
            remedy: { method: 'GET', href: 'https://dashboard.stripe.com/' },
          },
        ],
      },
    })
    expect(trips).toEqual({ libsql: 1, stripe: 0 })

    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/move`, { move: 'bank_changed' })
    await gatehouse.settle()
    expect((await payee.payOut()).status).toBe(201)
    expect((await payee.read(body['id'])).body['failure']).toMatchObject({ ongoing: false })
    expect((await payee.books())['balanced']).toBe(true)
  })

  it('that came back four business days after it had arrived is known as failed', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await days(5)
    expect((await payee.read(body['id'])).body['status']).toBe('paid')
    await days(4)
    await gatehouse.sim('POST', `/_sim/payouts/${body['id']}`, {
      status: 'failed',
      failure_code: 'bank_ownership_changed',
    })
    await gatehouse.settle()
    expect((await payee.read(body['id'])).body).toMatchObject({
      status: 'failed',
      failure: { code: 'bank_ownership_changed', class: 'needs_new_bank_account' },
    })
    expect(await payee.status()).toMatchObject({ state: { payouts: 'failing' } })
  })

  it('for a reason nobody here knows is kept and shown, and closes the gate', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.sim('POST', `/_sim/payouts/${body['id']}`, {
      status: 'failed',
      failure_code: 'eaten_by_a_dragon',
    })
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, {
      external_accounts: [{ id: body['destination'], status: 'enchanted' }],
    })
    await gatehouse.settle()
    expect((await payee.read(body['id'])).body['failure']).toMatchObject({
      code: 'eaten_by_a_dragon',
      class: 'needs_platform',
      actor: 'platform',
      ongoing: true,
    })
    expect((await payee.payOut()).body).toMatchObject({
      code: 'gate_closed',
      blockers: [{ code: 'payouts_failing', actor: 'platform' }],
    })
  })
})

describe('a payout of a status nobody here knows', () => {
  it('is kept and shown, allows nothing, and closes the gate until it moves on', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    await tell(payee, body['id'], { status: 'held_by_a_dragon' })
    expect((await payee.read(body['id'])).body).toMatchObject({
      status: 'unrecognized',
      stripe_status: 'held_by_a_dragon',
    })
    expect(await payee.payOut()).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'payouts_failing', actor: 'platform' }] },
    })
    expect((await payee.cancel(body['id'])).body['code']).toBe('payout_state_conflict')
    await tell(payee, body['id'], { status: 'in_transit' })
    await gatehouse.settle()
    expect((await payee.status())['gates'].payout).toEqual({ open: true, blockers: [] })
  })
})

describe('several failures', () => {
  it('at one place need what the worst of them needs, and each payout says its own', async () => {
    const payee = await aPayee(gatehouse)
    const [one, other] = [(await payee.payOut()).body['id'], (await payee.payOut()).body['id']]
    await gatehouse.sim('POST', `/_sim/payouts/${one}`, { status: 'failed', failure_code: 'account_closed' })
    await days(1)
    await gatehouse.sim('POST', `/_sim/payouts/${other}`, {
      status: 'failed',
      failure_code: 'insufficient_funds',
    })
    await gatehouse.settle()
    const { payouts, gates } = await payee.status()
    expect(payouts.failing).toMatchObject([
      { payout: one, failure_code: 'account_closed', class: 'needs_new_bank_account' },
    ])
    expect(gates.payout.blockers).toMatchObject([{ code: 'payouts_failing', actor: 'merchant' }])
    expect((await payee.read(one)).body['failure']).toMatchObject({ class: 'needs_new_bank_account' })
    expect((await payee.read(other)).body['failure']).toMatchObject({ class: 'negative_balance' })
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/move`, { move: 'bank_changed' })
    await gatehouse.settle()
    expect((await payee.status())['gates'].payout.open).toBe(true)
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

describe('an instant payout', () => {
  it('goes to an external account that takes it, within what Stripe has for it', async () => {
    const payee = await aPayee(gatehouse)
    const { result, trips } = await gatehouse.counting(() => payee.payOut({ method: 'instant' }))
    expect(result).toMatchObject({ status: 201, body: { method: 'instant' } })
    expect(trips).toEqual({ libsql: 2, stripe: 2 })
  })

  it('of more than Stripe has for it is refused with what it has', async () => {
    const payee = await aPayee(gatehouse)
    const { body: balance } = await gatehouse.call('GET', path(payee, 'balance'))
    const [{ amount }] = balance['instant_available']
    expect(await payee.payOut({ method: 'instant', amount: amount + 1 })).toMatchObject({
      status: 422,
      body: {
        code: 'instant_payout_unavailable',
        reason: 'exceeds_instant_available',
        instant_available: amount,
      },
    })
    expect(await payee.atStripe()).toEqual([])
  })

  it('needs an external account that can take one', async () => {
    const payee = await aPayee(gatehouse)
    expect(await payee.payOut({ method: 'instant', currency: 'eur' })).toMatchObject({
      status: 422,
      body: { code: 'instant_payout_unavailable', reason: 'no_eligible_destination' },
    })
  })

  it('beyond a limit that only Stripe knows is refused in Stripe’s words', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.sim('POST', '/_sim/faults', {
      route: 'POST /v1/payouts',
      status: 400,
      code: 'instant_payouts_limit_exceeded',
      message: 'Over today’s limit.',
    })
    expect(await payee.payOut({ method: 'instant' })).toMatchObject({
      status: 422,
      body: { code: 'stripe_refused', stripe_code: 'instant_payouts_limit_exceeded' },
    })
  })
})

describe('a payout is refused', () => {
  it('of more than is there, in Stripe’s words', async () => {
    const payee = await aPayee(gatehouse)
    expect(await payee.payOut({ amount: 10_000_000 })).toMatchObject({
      status: 422,
      body: { code: 'stripe_refused', stripe_code: 'balance_insufficient' },
    })
  })

  it.each([
    [{ amount: 0 }, 'amount'],
    [{ currency: 'USD' }, 'currency'],
    [{ amount: 150, currency: 'huf' }, 'amount'],
    [{ method: 'fast' }, 'method'],
    [{ destination: 'ba_1' }, 'destination'],
  ])('for %o, by the field', async (body, field) => {
    const payee = await aPayee(gatehouse)
    expect(await payee.payOut(body)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: field }] },
    })
  })

  it('while an operator holds the account', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.call('POST', path(payee, 'hold'), { body: { reason: 'looks odd' } })
    expect((await payee.payOut()).body).toMatchObject({
      code: 'gate_closed',
      blockers: [{ code: 'operator_hold', actor: 'operator' }],
    })
  })

  it('while Stripe pays nothing out, and the next one is refused here', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, { payouts_enabled: false })
    const first = await gatehouse.counting(() => payee.payOut())
    expect(first.result.body).toMatchObject({ code: 'gate_closed', blockers: [{ code: 'payouts_disabled' }] })
    const second = await gatehouse.counting(() => payee.payOut())
    expect(second.result.body).toMatchObject({ code: 'gate_closed' })
    expect(second.trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('for an account whose payouts are its own, without asking Stripe', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/deauthorize`)
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}/authorize`, { platform_controls: false })
    await gatehouse.settle()
    await gatehouse.call('POST', path(payee, 'refresh'))
    const { result, trips } = await gatehouse.counting(() => payee.payOut())
    expect(result).toMatchObject({
      status: 422,
      body: { code: 'payouts_not_controlled', reason: 'no_platform_controls' },
    })
    expect(trips.stripe).toBe(0)
  })

  it('to a key without the scope, and of an account nobody knows', async () => {
    const payee = await aPayee(gatehouse)
    const key = await aKey(database, ['payouts:read'], 'reader')
    const body = { amount: 5000, currency: 'usd' }
    expect((await gatehouse.call('POST', path(payee, 'payouts'), { body, key })).status).toBe(403)
    expect((await gatehouse.call('POST', '/v1/accounts/acct_none/payouts', { body })).body['code']).toBe(
      'account_not_found',
    )
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
