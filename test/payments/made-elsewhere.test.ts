/** What was not made here: it is taken in as it is, and nothing that is written on it is believed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { asMetadata, madeElsewhere } from '../support/elsewhere.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'
import { aPayee } from '../support/payee.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
})
afterAll(() => database.stop())

const PAID = {
  amount: '1000',
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  'automatic_payment_methods[enabled]': 'true',
  'automatic_payment_methods[allow_redirects]': 'never',
}

it('a payment made elsewhere is adopted, and takes the commands its state allows', async () => {
  const { account, read, command } = await anEnabledMerchant(gatehouse)
  const { id } = await madeElsewhere(gatehouse, account, { what: 'payment_intents', params: PAID })
  await gatehouse.settle()
  expect(await read(id)).toMatchObject({
    status: 200,
    body: { status: 'succeeded', amount: 1000, fee: 'none', commands: ['refund'] },
  })
  expect(await command(id, 'refunds', { amount: 400 })).toMatchObject({ status: 201 })
})

describe('the name of another account’s next request, which a holder writes on a', () => {
  /** Clients number their orders, and every account can read a client’s id on its own payments. */
  async function nextName(account: string, next: string): Promise<Record<string, string>> {
    const stored = await database.rows(
      "SELECT external_id FROM instances WHERE machine = 'payment' AND account = ?",
      [account],
    )
    const [, client] = JSON.stringify(stored[0]?.['external_id']).split(':')
    return asMetadata({ gatehouse_request: `${client}:${next}`, gatehouse_fingerprint: 'guessed' })
  }

  it('payment of theirs, keeps nothing from being made', async () => {
    const [holder, victim] = [await anEnabledMerchant(gatehouse), await anEnabledMerchant(gatehouse)]
    await victim.pay()
    const name = await nextName(victim.account, 'order-2')
    const params = { ...PAID, ...name }
    const forged = await madeElsewhere(gatehouse, holder.account, { what: 'payment_intents', params })
    await gatehouse.settle()
    const pay = () => victim.pay({}, { idempotencyKey: 'order-2' })
    const made = await pay()
    expect(made).toMatchObject({ status: 201, body: { account: victim.account, status: 'succeeded' } })
    expect(made.body['id']).not.toBe(forged.id)
    // And it keeps its own name, by which a retry finds it whose answer was lost and whose key nobody remembers.
    await database.rows("DELETE FROM requests WHERE key = 'order-2'")
    await gatehouse.sim('POST', '/_sim/clock', { advance_s: 2 * 86_400 })
    expect((await pay()).body['id']).toBe(made.body['id'])
    expect(await victim.atStripe('payment_intents')).toHaveLength(2)
  })

  it('payout of theirs, keeps nothing from being made', async () => {
    const [holder, victim] = [await aPayee(gatehouse), await aPayee(gatehouse)]
    const name = await nextName(victim.account, 'payout-2')
    const params = { amount: '100', currency: 'usd', ...name }
    const forged = await madeElsewhere(gatehouse, holder.account, { what: 'payouts', params })
    expect(forged.object).toBe('payout')
    await gatehouse.settle()
    const made = await victim.payOut({}, { idempotencyKey: 'payout-2' })
    expect(made).toMatchObject({ status: 201, body: { account: victim.account } })
    expect(made.body['id']).not.toBe(forged.id)
  })
})
