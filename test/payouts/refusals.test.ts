/** Refused payouts over HTTP: by the gate, the controller, the schema and Stripe. */
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

describe('a disconnected account', () => {
  it('shows its payouts, and refuses commands without a call to Stripe', async () => {
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

  it('whose webhook was lost is noticed by the first command, and the next is refused without a call to Stripe', async () => {
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

  it('has no balance and no schedule: the answer is Stripe’s refusal', async () => {
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
  it('goes to an external account that accepts it, within instant_available', async () => {
    const payee = await aPayee(gatehouse)
    const { result, trips } = await gatehouse.counting(() => payee.payOut({ method: 'instant' }))
    expect(result).toMatchObject({ status: 201, body: { method: 'instant' } })
    expect(trips).toEqual({ libsql: 2, stripe: 2 })
  })

  it('of more than instant_available is refused with that amount', async () => {
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

  it('needs an external account that accepts it', async () => {
    const payee = await aPayee(gatehouse)
    expect(await payee.payOut({ method: 'instant', currency: 'eur' })).toMatchObject({
      status: 422,
      body: { code: 'instant_payout_unavailable', reason: 'no_eligible_destination' },
    })
  })

  it('beyond a limit that only Stripe knows is answered with Stripe’s refusal', async () => {
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
  it('above the balance, with Stripe’s refusal', async () => {
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
  ])('with %o, and the answer names the field', async (body, field) => {
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

  it('without payouts_enabled, and the next is refused without a call to Stripe', async () => {
    const payee = await aPayee(gatehouse)
    await gatehouse.sim('POST', '/_sim/delivery', { drop: 1 })
    await gatehouse.sim('POST', `/_sim/accounts/${payee.account}`, { payouts_enabled: false })
    const first = await gatehouse.counting(() => payee.payOut())
    expect(first.result.body).toMatchObject({ code: 'gate_closed', blockers: [{ code: 'payouts_disabled' }] })
    const second = await gatehouse.counting(() => payee.payOut())
    expect(second.result.body).toMatchObject({ code: 'gate_closed' })
    expect(second.trips).toEqual({ libsql: 1, stripe: 0 })
  })

  it('for an account that the platform does not control, without a call to Stripe', async () => {
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

  it('for a key without the scope, and for an unknown account', async () => {
    const payee = await aPayee(gatehouse)
    const key = await aKey(database, ['payouts:read'], 'reader')
    const body = { amount: 5000, currency: 'usd' }
    expect((await gatehouse.call('POST', path(payee, 'payouts'), { body, key })).status).toBe(403)
    expect((await gatehouse.call('POST', '/v1/accounts/acct_none/payouts', { body })).body['code']).toBe(
      'account_not_found',
    )
  })
})
