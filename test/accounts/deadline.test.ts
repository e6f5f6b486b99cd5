/** A requirements deadline passes without a webhook: the clock moves the account, and Stripe confirms. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse } from '../support/gatehouse.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

it('an account whose deadline passes without a webhook is restricted within three minutes', async () => {
  let clockOffset = 0
  const now = () => Date.now() + clockOffset
  const { call, sim, settle, cron } = await startGatehouse(database, { now, simulator: { now } })
  const created = await call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
  const account: string = created.body['id']
  const stateOf = async () => (await call('GET', `/v1/accounts/${account}`)).body['state']
  await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await sim('POST', `/_sim/accounts/${account}/move`, { move: 'requirements_due', deadline_s: 3_600 })
  await settle()
  expect(await stateOf()).toMatchObject({ onboarding: 'restricted_soon', charges: 'active' })

  await sim('POST', '/_sim/delivery', { drop: 1 })
  clockOffset += 3_601_000
  await settle()
  await cron()
  expect(await stateOf(), 'within the minute that Stripe gets').toMatchObject({
    onboarding: 'restricted_soon',
  })
  clockOffset += 120_000
  await cron()
  expect(await stateOf()).toMatchObject({ onboarding: 'restricted', payouts: 'off' })
  const history = await call('GET', `/v1/accounts/${account}/history`)
  expect(history.body['data'].slice(0, 2)).toMatchObject([
    { event: 'stripe.observed', cause: { kind: 'effect' } },
    { event: 'clock.reached', cause: { kind: 'clock' } },
  ])
})
