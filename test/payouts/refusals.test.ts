/** Payouts that are not made, over HTTP: what may not be paid out, by whom, and why. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { aKey } from '../support/keys.ts'
import { aPayee, type Payee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
})

const path = ({ account }: Payee, rest: string) => `/v1/accounts/${account}/${rest}`

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
