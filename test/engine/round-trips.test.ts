/** The round trips that each kind of request may cost, authentication included. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let gatehouse: Gatehouse
let ready: string
let fresh: string

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database)
  ready = await anAccount('ready')
  fresh = await anAccount('fresh')
  await gatehouse.sim('POST', `/_sim/accounts/${ready}/onboard`, { outcome: 'enabled' })
  await gatehouse.settle()
})
afterAll(() => database.stop())

async function anAccount(external_id: string): Promise<string> {
  return (await gatehouse.call('POST', '/v1/accounts', { body: { external_id } })).body['id']
}

const payment = { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true }

const cost = async (work: () => Promise<{ status: number }>, status: number) => {
  const { result, trips } = await gatehouse.counting(work)
  expect(result).toMatchObject({ status })
  return trips
}

const READS: [string, () => string][] = [
  ['an account', () => `/v1/accounts/${ready}`],
  ['a list', () => '/v1/accounts?onboarding=enabled'],
  ['a status', () => `/v1/accounts/${ready}/status`],
  ['a history', () => `/v1/accounts/${ready}/history`],
  ['payments', () => `/v1/accounts/${ready}/payments`],
]

describe('a read costs one round trip', () => {
  it.each(READS)('for %s', async (_, path) => {
    expect(await cost(() => gatehouse.call('GET', path()), 200)).toEqual({ libsql: 1, stripe: 0 })
  })

  it.each(READS)('for %s with old facts, and no call to Stripe', async (_, path) => {
    const muchLater = gatehouse.process({ now: () => Date.now() + 30 * 86_400_000 })
    const read = () => gatehouse.call('GET', path(), { through: muchLater.fetch })
    expect(await cost(read, 200)).toEqual({ libsql: 1, stripe: 0 })
    expect(muchLater.deferred.size, 'deferred work').toBe(0)
  })
})

it('a webhook costs two round trips and no call to Stripe', async () => {
  const request = await signedWebhook(anAccountEvent(ready, { created: Math.floor(Date.now() / 1000) + 30 }))
  expect(await cost(() => gatehouse.fetch(request), 200)).toEqual({ libsql: 2, stripe: 0 })
})

it('a duplicate webhook costs one round trip', async () => {
  const event = anAccountEvent(ready, { created: Math.floor(Date.now() / 1000) + 60 })
  await gatehouse.fetch(await signedWebhook(event))
  const again = await signedWebhook(event)
  expect(await cost(() => gatehouse.fetch(again), 200)).toEqual({ libsql: 1, stripe: 0 })
})

it('a payment costs two round trips and one call to Stripe', async () => {
  const pay = () => gatehouse.call('POST', `/v1/accounts/${ready}/payments`, { body: payment })
  expect(await cost(pay, 201)).toEqual({ libsql: 2, stripe: 1 })
})

it('a refused payment costs one round trip and no call to Stripe', async () => {
  const pay = () => gatehouse.call('POST', `/v1/accounts/${fresh}/payments`, { body: payment })
  expect(await cost(pay, 409)).toEqual({ libsql: 1, stripe: 0 })
})

it('a replayed payment request costs one round trip and no call to Stripe', async () => {
  const pay = () =>
    gatehouse.call('POST', `/v1/accounts/${ready}/payments`, { body: payment, idempotencyKey: 'again' })
  await pay()
  expect(await cost(pay, 201)).toEqual({ libsql: 1, stripe: 0 })
})
