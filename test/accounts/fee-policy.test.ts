/** The fee policy of an account: set by the platform, applied to payments without a fee of their own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { adoptedAccount } from '../support/adopted-account.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

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

const setPolicy = (account: string, body: object) =>
  gatehouse.call('PUT', `/v1/accounts/${account}/fee_policy`, { body })

describe('a fee policy', () => {
  it('that is set twice alike stands in the history once', async () => {
    const account = await adoptedAccount(gatehouse)
    const policy = { bps: 250, fixed: 30, min: 50, max: 5_000 }
    expect(await setPolicy(account, policy)).toMatchObject({
      status: 200,
      body: { id: account, fee_policy: policy },
    })
    expect(await setPolicy(account, policy)).toMatchObject({ status: 200, body: { fee_policy: policy } })
    const { body } = await gatehouse.call('GET', `/v1/accounts/${account}/history`)
    const events = body['data'].filter(({ event }: { event: string }) => event === 'fee_policy.set')
    expect(events).toMatchObject([{ cause: { kind: 'command' }, changed: { 'fee_policy.bps': [null, 250] } }])
  })

  it('decides the fee of a payment that names none', async () => {
    const account = await adoptedAccount(gatehouse)
    await setPolicy(account, { bps: 1_000 })
    const body = { amount: 2_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }
    const paid = await gatehouse.call('POST', `/v1/accounts/${account}/payments`, { body })
    expect(paid).toMatchObject({ status: 201, body: { application_fee_amount: 200 } })
  })

  it.for([
    [{ bps: 10_001 }, 'bps'],
    [{ bps: 1.5 }, 'bps'],
    [{ bps: -1 }, 'bps'],
    [{}, 'bps'],
    [{ bps: 1, fixed: -1 }, 'fixed'],
    [{ bps: 1, min: 5, max: 4 }, 'max'],
    [{ bps: 1, percent: 3 }, 'percent'],
  ] as const)('%j is refused at the field %s', async ([policy, path]) => {
    const account = await adoptedAccount(gatehouse)
    expect(await setPolicy(account, policy)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path }] },
    })
  })

  it('for an unknown account is refused', async () => {
    expect(await setPolicy('acct_nobody', { bps: 1 })).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    })
  })
})
