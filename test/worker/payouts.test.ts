/**
 * Payouts in workerd: a bank account fails, the merchant changes it, payouts arrive again. Stripe's clock runs weeks behind
 * ours, so that days can pass there while the Worker's clock is already past every deadline.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { BANKS } from '../support/payee.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'

const DAY_S = 86_400
const BEHIND_S = 45 * DAY_S
/** The start of Stripe's clock: no event is older. */
const BEGAN_S = Math.floor(Date.now() / 1000) - BEHIND_S - DAY_S

let database: TestDatabase
let worker: RunningWorker

beforeAll(async () => {
  database = await startDatabase()
  worker = await startWorker(database, { simulator: { now: () => Date.now() - BEHIND_S * 1000 } })
  // Signatures must carry the real time.
  await worker.sim('POST', '/_sim/delivery', { signature_skew_s: BEHIND_S })
})
afterAll(async () => {
  await worker.stop()
  await database.stop()
})

/** An account whose bank account was closed. */
async function accountWithClosedBank(name: string) {
  const { body } = await worker.call('POST', '/v1/accounts', { body: { external_id: name, country: 'US' } })
  const account = body['id'] as string
  await worker.sim('POST', `/_sim/accounts/${account}/onboard`, {
    outcome: 'enabled',
    account_number: BANKS.closed,
  })
  await worker.sim('POST', `/_sim/accounts/${account}`, {
    settings: { payouts: { schedule: { interval: 'manual' } } },
  })
  const at = `/v1/accounts/${account}`
  return {
    account,
    charge: () =>
      worker.call('POST', `${at}/payments`, {
        body: { amount: 50_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
      }),
    payOut: () => worker.call('POST', `${at}/payouts`, { body: { amount: 5000, currency: 'usd' } }),
    read: async (payout: string) => (await worker.call('GET', `${at}/payouts/${payout}`)).body,
    status: async () => (await worker.call('GET', `${at}/status`)).body,
    history: async () => (await worker.call('GET', `${at}/history?limit=100`)).body['data'] as any[],
    changeBank: () => worker.sim('POST', `/_sim/accounts/${account}/move`, { move: 'bank_changed' }),
  }
}

const advanceDays = (count: number) => worker.sim('POST', '/_sim/clock', { advance_s: count * DAY_S })

/** `until`: reads again until the Worker has learned what Stripe did, by webhooks or by the reconciler. */
async function failAndRecover(name: string, until: RunningWorker['eventually']): Promise<void> {
  const { charge, payOut, read, status, history, changeBank } = await accountWithClosedBank(name)
  await until(status, ({ gates }) => gates.payout.open)
  expect(await charge()).toMatchObject({ status: 201 })
  await advanceDays(3)

  const first = await payOut()
  expect(first).toMatchObject({ status: 201, body: { status: 'pending', failure: null } })
  const bank = first.body['destination'] as string
  await advanceDays(5)
  const failing = await until(status, ({ external_accounts: [one] }) => one?.status === 'errored')
  expect(failing).toMatchObject({
    state: { payouts: 'failing' },
    gates: { payout: { open: false }, charge: { open: true }, refund: { open: true } },
    external_accounts: [{ id: bank, status: 'errored' }],
    payouts: {
      failing: [{ destination: bank, payout: first.body['id'], class: 'needs_new_bank_account' }],
    },
  })
  expect(await read(first.body['id'])).toMatchObject({
    status: 'failed',
    failure: { code: 'account_closed', actor: 'merchant', ongoing: true },
  })
  expect(await payOut()).toMatchObject({
    status: 409,
    body: {
      code: 'gate_closed',
      blockers: [
        {
          code: 'payouts_failing',
          region: 'payouts',
          state: 'failing',
          actor: 'merchant',
          remedy: { method: 'GET', href: 'https://dashboard.stripe.com/' },
        },
      ],
    },
  })

  await changeBank()
  const recovered = await until(status, ({ gates }) => gates.payout.open)
  expect(recovered).toMatchObject({ state: { payouts: 'on' }, payouts: { failing: [] } })
  expect((await read(first.body['id']))['failure']).toMatchObject({ ongoing: false })

  const second = await payOut()
  expect(second.status).toBe(201)
  await advanceDays(5)
  const arrived = await until(
    () => read(second.body['id']),
    ({ status }) => status === 'paid' || status === 'settled',
  )
  expect(Date.parse(arrived['settles_at']), 'the return window has ended by our clock').toBeLessThan(
    Date.now(),
  )
  await worker.cron()
  expect(await read(second.body['id'])).toMatchObject({ status: 'settled' })

  const moves = (await history()).toReversed().flatMap(({ event, changed }) =>
    Object.entries(changed as object)
      .filter(([path]) => event === 'payout.moved' && path.endsWith('.state'))
      .map(([path, [, state]]) => [path.split('.')[1], state]),
  )
  expect(moves).toEqual([
    ...['pending', 'in_transit', 'failed'].map((state) => [first.body['id'], state]),
    ...['pending', 'in_transit', 'paid', 'settled'].map((state) => [second.body['id'], state]),
  ])
}

/** No webhook arrives, only cron runs. Everything it schedules is made due at once. */
const byReconciler: RunningWorker['eventually'] = async (read, claim) => {
  for (let runs = 1; ; runs += 1) {
    // oxlint-disable no-await-in-loop
    await worker.sim('POST', '/_sim/clock', { advance_s: 600 })
    await database.client.batch(
      [
        'UPDATE streams SET next_at = 0',
        { sql: 'UPDATE streams SET position = min(position, ?)', args: [BEGAN_S] },
        'UPDATE instances SET check_at = 0 WHERE check_at IS NOT NULL',
      ],
      'write',
    )
    await worker.cron()
    const value = await read()
    if (claim(value) || runs === 5) return value
    // oxlint-enable no-await-in-loop
  }
}

describe('a payout that fails, then one that settles after the bank account changed', () => {
  it('is learned from webhooks', () => failAndRecover('by-webhook', worker.eventually))

  it('is learned from the reconciler alone when every webhook is lost', async () => {
    await worker.sim('POST', '/_sim/delivery', { drop: 1 })
    await failAndRecover('by-reconciler', byReconciler)
    const sources = await database.rows('SELECT DISTINCT source FROM inbox WHERE account = ?', [
      String((await worker.call('GET', '/v1/accounts?external_id=by-reconciler')).body['data'][0].id),
    ])
    expect(sources).toMatchObject([{ source: 'reconciler' }])
  })
})
