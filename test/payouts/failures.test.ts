/** Failed payouts over HTTP: who must act, which gate closes, and what opens it again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { aPayee, BANKS } from '../support/payee.ts'

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

const DAY_S = 86_400

/** Advances Stripe's clock and handles the events of those days. */
async function advanceDays(count: number): Promise<void> {
  await gatehouse.simulator.advance(count * DAY_S)
  await gatehouse.settle()
}

describe('a payout that fails', () => {
  it('closes the gate and says who must act, until the holder changes the bank account', async () => {
    const payee = await aPayee(gatehouse, { bank: BANKS.closed })
    const { body } = await payee.payOut()
    await advanceDays(5)
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

  it('four days after its arrival is failed, not paid', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await advanceDays(5)
    expect((await payee.read(body['id'])).body['status']).toBe('paid')
    await advanceDays(4)
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

  it('with an unknown failure_code is stored and shown, and closes the gate', async () => {
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

describe('a payout with an unknown status', () => {
  it('is stored and shown, allows no command, and closes the gate until its status changes', async () => {
    const payee = await aPayee(gatehouse)
    const { body } = await payee.payOut()
    await gatehouse.settle()
    await payee.sendEvent(body['id'], { status: 'held_by_a_dragon' })
    expect((await payee.read(body['id'])).body).toMatchObject({
      status: 'unrecognized',
      stripe_status: 'held_by_a_dragon',
    })
    expect(await payee.payOut()).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'payouts_failing', actor: 'platform' }] },
    })
    expect((await payee.cancel(body['id'])).body['code']).toBe('payout_state_conflict')
    await payee.sendEvent(body['id'], { status: 'in_transit' })
    await gatehouse.settle()
    expect((await payee.status())['gates'].payout).toEqual({ open: true, blockers: [] })
  })
})

describe('several failures of one destination', () => {
  it('need what the worst of them needs, and each payout shows its own', async () => {
    const payee = await aPayee(gatehouse)
    const [one, other] = [(await payee.payOut()).body['id'], (await payee.payOut()).body['id']]
    await gatehouse.sim('POST', `/_sim/payouts/${one}`, { status: 'failed', failure_code: 'account_closed' })
    await advanceDays(1)
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
