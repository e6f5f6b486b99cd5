/** The built Worker in workerd, in a process of its own; it learns from Stripe by webhooks alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let worker: RunningWorker

beforeAll(async () => {
  database = await startDatabase()
  worker = await startWorker(database)
})
afterAll(async () => {
  await worker.stop()
  await database.stop()
})

const payment = {
  amount: 4200,
  currency: 'usd',
  application_fee_amount: 420,
  payment_method: 'pm_card_visa',
  confirm: true,
}

async function createAccount(externalId: string): Promise<string> {
  const { body } = await worker.call('POST', '/v1/accounts', {
    body: { external_id: externalId, country: 'US' },
  })
  return body['id'] as string
}

const statusOf = (account: string) => async () =>
  (await worker.call('GET', `/v1/accounts/${account}/status`)).body

describe('a charge', () => {
  it('is refused until Stripe enables the account, and again once a requirement is past due', async () => {
    const account = await createAccount('story')
    const pay = () => worker.call('POST', `/v1/accounts/${account}/payments`, { body: payment })

    const early = await pay()
    expect(early).toMatchObject({
      status: 409,
      body: { code: 'gate_closed', blockers: [{ code: 'onboarding_not_started' }, {}] },
    })

    await worker.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    const enabled = await worker.eventually(statusOf(account), ({ badge }) => badge === 'enabled')
    expect(enabled).toMatchObject({ state: { onboarding: 'enabled', charges: 'active', payouts: 'on' } })

    const paid = await pay()
    expect(paid).toMatchObject({ status: 201, body: { status: 'succeeded', stripe_account: account } })
    const onPlatform = await worker.sim('GET', `/v1/payment_intents/${paid.body['id']}`)
    expect(onPlatform, 'a direct charge belongs to the connected account').toMatchObject({
      error: { code: 'resource_missing' },
    })

    await worker.sim('POST', `/_sim/accounts/${account}`, {
      charges_enabled: false,
      requirements: {
        past_due: ['business_profile.url'],
        currently_due: ['business_profile.url'],
        disabled_reason: 'requirements.past_due',
        current_deadline: 1_800_000_000,
      },
    })
    await worker.eventually(statusOf(account), ({ badge }) => badge === 'restricted')
    const late = await pay()
    expect(late).toMatchObject({
      status: 409,
      body: {
        blockers: [
          {
            code: 'requirements_past_due',
            actor: 'merchant',
            requirements: ['business_profile.url'],
            deadline: '2027-01-15T08:00:00.000Z',
            remedy: { method: 'POST', href: `/v1/accounts/${account}/onboarding_links` },
          },
          {},
        ],
      },
    })
  })
})

describe('one isolate', () => {
  it('answers 500 concurrent reads, and the next 100', async () => {
    const account = await createAccount('burst')
    const read = () => worker.call('GET', `/v1/accounts/${account}`)
    const burst = await Promise.all(Array.from({ length: 500 }, read))
    const after = await Promise.all(Array.from({ length: 100 }, read))
    expect(burst.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
    expect(after.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
  })

  it('takes 250 webhooks and 250 payments at once or answers 503, and takes all of the next 100', async () => {
    const account = await createAccount('burst of writes')
    await worker.sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
    await worker.eventually(statusOf(account), ({ badge }) => badge === 'enabled')
    const webhook = async (index: number) => {
      const request = await signedWebhook(
        anAccountEvent(`acct_burst${index % 50}`, { created: Math.floor(Date.now() / 1000) - index }),
        { url: worker.url },
      )
      return (await fetch(request)).status
    }
    const pay = async () =>
      (await worker.call('POST', `/v1/accounts/${account}/payments`, { body: payment })).status

    const burst = await Promise.all(
      Array.from({ length: 500 }, (_, index) => (index % 2 ? webhook(index) : pay())),
    )
    const answered = (status: number) => burst.filter((other) => other === status).length
    console.log(`of 500 writes at once ${answered(503)} were answered 503`)
    expect(answered(200) + answered(201) + answered(503)).toBe(500)
    expect(answered(200)).toBeGreaterThan(0)
    expect(answered(201)).toBeGreaterThan(0)
    const after = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 ? webhook(1_000 + index) : pay())),
    )
    expect(after.filter((status) => status !== 200 && status !== 201)).toEqual([])
  })
})
