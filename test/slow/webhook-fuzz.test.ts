/**
 * Malformed input to the webhook endpoints: an unsigned request leaves no trace, a signed one is never answered 500, and no
 * malformed field opens a gate.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { SECRETS, startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant } from '../support/merchant.ts'
import { forgeries, spoils } from '../support/malformed-inputs.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { signedWebhook } from '../support/webhooks.ts'

let database: TestDatabase
let gatehouse: Gatehouse
/** One event of each type that a merchant's history brings, as Stripe sent it. */
let corpus: { endpoint: 'connect' | 'platform'; body: string }[]
/** The account that the signed events are made to name: Stripe does not let it charge. */
let closed: string
/** Stripe’s clock. */
const clock = { s: Math.floor(Date.now() / 1000) }
const answered = new Map<string, number>()

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, { simulator: { now: () => clock.s * 1000 } })
  corpus = await recordEvents()
  closed = (await gatehouse.sim('POST', '/_sim/accounts', { state: 'enabled' })).first
  await gatehouse.sim('POST', `/_sim/accounts/${closed}/move`, { move: 'requirements_past_due' })
  await gatehouse.settle()
})
afterAll(async () => {
  await gatehouse.settle()
  await database.stop()
  console.log(
    [...answered]
      .map(([answer, count]) => `${answer}: ${count}`)
      .toSorted()
      .join(', '),
  )
})

async function recordEvents(): Promise<typeof corpus> {
  const heard = new Map<string, (typeof corpus)[number]>()
  gatehouse.deliverTo({
    async fetch(request) {
      const body = await request.clone().text()
      const endpoint = request.url.endsWith('platform') ? 'platform' : 'connect'
      heard.set(`${endpoint} ${(JSON.parse(body) as { type: string }).type}`, { endpoint, body })
      return gatehouse.fetch(request)
    },
  })
  const { sim, settle } = gatehouse
  const { account, pay, command, checkout } = await anEnabledMerchant(gatehouse)
  const paid = await pay({
    payment_method: 'pm_card_bypassPending',
    application_fee_amount: 100,
    amount: 9000,
  })
  await command(paid.body['id'], 'refunds', { amount: 300 })
  await sim('POST', `/_sim/payment_intents/${paid.body['id']}/dispute`, {})
  await sim('POST', `/_sim/payment_intents/${paid.body['id']}/fraud_warning`)
  await checkout()
  const payout = await gatehouse.call('POST', `/v1/accounts/${account}/payouts`, {
    body: { amount: 500, currency: 'usd' },
  })
  await sim('POST', `/_sim/payouts/${payout.body['id']}`, { status: 'paid' })
  await sim('POST', `/_sim/payouts/${payout.body['id']}`, { status: 'failed' })
  clock.s += 5
  await settle()
  gatehouse.deliverTo(gatehouse)
  return [...heard.values()].map(({ endpoint, body }) => ({
    endpoint,
    body: body.replaceAll(account, 'acct_OF_THE_CASE'),
  }))
}

/** One event of the corpus, with this account, id and time. */
function anEvent(
  index: number,
  { id, account, created }: { id: string; account: string; created: number },
): { endpoint: 'connect' | 'platform'; event: string } {
  const { endpoint, body } = corpus[index % corpus.length] ?? { endpoint: 'connect', body: '{}' }
  const event = JSON.parse(body.replaceAll('acct_OF_THE_CASE', account)) as Record<string, unknown>
  return { endpoint, event: JSON.stringify({ ...event, id, created }) }
}

async function answer(request: Request): Promise<{ status: number; code: string }> {
  const response = await gatehouse.fetch(request)
  const { code = 'received' } = (await response.json()) as { code?: string }
  answered.set(`${response.status} ${code}`, (answered.get(`${response.status} ${code}`) ?? 0) + 1)
  return { status: response.status, code }
}

let cases = 0

/** A signed webhook is refused for these reasons only. */
const REFUSALS = ['400 invalid_json', '422 invalid_request', '400 wrong_mode']

it(
  'a webhook that Stripe did not sign is refused and leaves no trace',
  async () => {
    const forged = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.nat(), forgeries, fc.option(spoils), async (index, { is, forge }, spoil) => {
        cases += 1
        const { endpoint, event } = anEvent(index, {
          id: `evt_unsigned${cases}`,
          account: `acct_unsigned${cases}`,
          created: clock.s,
        })
        const body = spoil ? spoil(event) : event
        const [secret, other] =
          endpoint === 'connect' ? [SECRETS.connect, SECRETS.platform] : [SECRETS.platform, SECRETS.connect]
        const header = await forge({ payload: body, secret, other, nowS: Math.floor(Date.now() / 1000) })
        const given = await answer(await signedWebhook(null, { endpoint, body, header }))
        expect(given).toEqual(
          body.length > 512 * 1024
            ? { status: 413, code: 'body_too_large' }
            : { status: 400, code: 'invalid_signature' },
        )
        forged.set(is, (forged.get(is) ?? 0) + 1)
      }),
      { numRuns: runs(3_000, 10_000), seed: SEED },
    )
    console.log(
      [...forged]
        .map(([is, count]) => `${is}: ${count}`)
        .toSorted()
        .join(', '),
    )
    expect(forged.size).toBe(14)
    const [traces] = await database.rows(
      `SELECT (SELECT count(*) FROM inbox WHERE id LIKE 'evt_unsigned%')
          + (SELECT count(*) FROM instances WHERE id LIKE '%unsigned%')
          + (SELECT count(*) FROM outbox WHERE id LIKE '%unsigned%') AS traces`,
    )
    expect(traces).toMatchObject({ traces: 0 })
  },
  TIMEOUT,
)

it(
  'a signed webhook is never answered 500, and opens the gate only if it plainly says so',
  async () => {
    const [before, kept] = [Object.keys(Object.prototype), new Set<string>()]
    let opened = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), spoils, async (index, spoil) => {
        cases += 1
        clock.s += 1
        const id = `evt_signed${cases}`
        const { endpoint, event } = anEvent(index, { id, account: closed, created: clock.s })
        const body = spoil(event).toWellFormed()
        const { status, code } = await answer(await signedWebhook(null, { endpoint, body }))
        const said = `${status} ${code} to ${body.slice(0, 4_000)}`
        if (body.length > 512 * 1024) expect(status).toBe(413)
        // An empty body cannot be signed, and decoding drops a byte order mark.
        else if (body === '' || body.startsWith('\uFEFF')) expect(code).toBe('invalid_signature')
        else if (status !== 200) expect(REFUSALS, said).toContain(`${status} ${code}`)
        if (status !== 200) return

        kept.add((JSON.parse(body) as { id: string }).id)
        const read = await gatehouse.call('GET', `/v1/accounts/${closed}`)
        expect(read.status, said).toBe(200)
        if (read.body['gates'].charge.open) {
          opened += 1
          expect(chargeFields(body), said).toEqual([true, 'active'])
        }
        // A refresh closes the gate again before the next case.
        clock.s += 1
        await gatehouse.call('POST', `/v1/accounts/${closed}/refresh`)
      }),
      { numRuns: runs(250, 10_000), seed: SEED },
    )
    expect(opened, 'events that opened the gate').toBeGreaterThan(0)
    expect(Object.keys(Object.prototype)).toEqual(before)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    // Every answered event is stored, and every list of the API can still be read.
    const stored = await database.rows('SELECT id FROM inbox')
    const ids = new Set(stored.map((row) => row['id'] as string))
    expect([...kept].filter((id) => !ids.has(id))).toEqual([])
    clock.s += 1
    await gatehouse.call('POST', `/v1/accounts/${closed}/refresh`)
    const after = await gatehouse.call('GET', `/v1/accounts/${closed}`)
    expect(after.body['gates'].charge.open).toBe(false)
    for (const list of [
      'events',
      'accounts',
      `accounts/${closed}/payments`,
      `accounts/${closed}/payouts`,
      `accounts/${closed}/history`,
      'overview',
    ])
      // oxlint-disable-next-line no-await-in-loop
      expect((await gatehouse.call('GET', `/v1/${list}`)).status, list).toBe(200)
  },
  TIMEOUT,
)

/** The fields that decide about charging. JSON.parse keeps the last of duplicate keys. */
function chargeFields(body: string): unknown[] {
  const { data } = JSON.parse(body) as { data: { object: any } }
  return [data.object.charges_enabled, data.object.capabilities?.card_payments]
}
