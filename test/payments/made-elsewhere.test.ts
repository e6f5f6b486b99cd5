/** Payments and payouts that Gatehouse did not create are stored, but their metadata proves nothing. */
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

it('a payment created elsewhere is stored, and its state allows commands', async () => {
  const { account, read, command } = await anEnabledMerchant(gatehouse)
  const { id } = await madeElsewhere(gatehouse, account, { what: 'payment_intents', params: PAID })
  await gatehouse.settle()
  expect(await read(id)).toMatchObject({
    status: 200,
    body: { status: 'succeeded', amount: 1000, fee: 'none', commands: ['refund'] },
  })
  expect(await command(id, 'refunds', { amount: 400 })).toMatchObject({ status: 201 })
})

describe('the mark of another account’s next request, forged in metadata', () => {
  /** Guessable: clients number their orders, and every account reads the client’s id on its own payments. */
  async function forgedMark(account: string, nextKey: string): Promise<Record<string, string>> {
    const stored = await database.rows(
      "SELECT external_id FROM instances WHERE machine = 'payment' AND account = ?",
      [account],
    )
    const [, client] = JSON.stringify(stored[0]?.['external_id']).split(':')
    return asMetadata({ gatehouse_request: `${client}:${nextKey}`, gatehouse_fingerprint: 'guessed' })
  }

  it('on a payment does not block that request', async () => {
    const [attacker, victim] = [await anEnabledMerchant(gatehouse), await anEnabledMerchant(gatehouse)]
    await victim.pay()
    const mark = await forgedMark(victim.account, 'order-2')
    const params = { ...PAID, ...mark }
    const forged = await madeElsewhere(gatehouse, attacker.account, { what: 'payment_intents', params })
    await gatehouse.settle()
    const pay = () => victim.pay({}, { idempotencyKey: 'order-2' })
    const made = await pay()
    expect(made).toMatchObject({ status: 201, body: { account: victim.account, status: 'succeeded' } })
    expect(made.body['id']).not.toBe(forged.id)
    // It has its external id: a retry finds it even when the answer is lost and the key forgotten.
    await database.rows("DELETE FROM requests WHERE key = 'order-2'")
    await gatehouse.sim('POST', '/_sim/clock', { advance_s: 2 * 86_400 })
    expect((await pay()).body['id']).toBe(made.body['id'])
    expect(await victim.atStripe('payment_intents')).toHaveLength(2)
  })

  it('on a payout does not block that request', async () => {
    const [attacker, victim] = [await aPayee(gatehouse), await aPayee(gatehouse)]
    const mark = await forgedMark(victim.account, 'payout-2')
    const params = { amount: '100', currency: 'usd', ...mark }
    const forged = await madeElsewhere(gatehouse, attacker.account, { what: 'payouts', params })
    expect(forged.object).toBe('payout')
    await gatehouse.settle()
    const made = await victim.payOut({}, { idempotencyKey: 'payout-2' })
    expect(made).toMatchObject({ status: 201, body: { account: victim.account } })
    expect(made.body['id']).not.toBe(forged.id)
  })
})
