import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServedSimulator, serveSimulator } from '../../dev/stripe/serve.ts'

/** Stripe's own command line, which nobody here wrote, against a served simulator. It takes an address, not a name. */
const run = promisify(execFile)
const cli = fileURLToPath(new URL('../../node_modules/.bin/stripe', import.meta.url))
const config = mkdtempSync(join(tmpdir(), 'stripe-cli-'))
let simulator: ServedSimulator

beforeAll(async () => {
  simulator = await serveSimulator({ port: 0, switches: { async_capture_delay_s: 0 } })
})
afterAll(async () => {
  await simulator.close()
  rmSync(config, { recursive: true })
})

it('connects an account, and sees refused what Stripe refuses', async () => {
  await fixtures('connect-an-account')
  expect(await answers()).toEqual([
    'POST /v1/accounts 200',
    'GET /v1/accounts/acct 200',
    'POST /v1/accounts/acct 200',
    'POST /v1/account_links 200',
    'POST /v1/account_sessions 200',
    'GET /v1/accounts/acct/capabilities/card_payments 200',
    'POST /v1/account_links 400',
    'POST /v1/accounts/acct 403',
    'POST /v1/accounts 400',
    'POST /v1/webhook_endpoints 200',
  ])
})

it('charges and refunds as a connected account', async () => {
  const account = await enabledAccount()
  await fixtures('charge-and-refund', account)
  expect(await answers()).toEqual([
    'POST /v1/payment_intents 200',
    'GET /v1/charges/ch 200',
    'POST /v1/payment_intents 200',
    'POST /v1/payment_intents/pi/capture 200',
    'POST /v1/refunds 200',
    'GET /v1/refunds 200',
    'POST /v1/payment_intents 402',
    'POST /v1/refunds 400',
    'POST /v1/payment_intents 400',
  ])
  const [books] = (await get(`/_sim/books?account=${account}`)).data
  expect(books).toMatchObject({ charged: 24_000, refunded: 2500, balanced: true })
})

it('wins a dispute and pays out', async () => {
  const account = await enabledAccount()
  await fixtures('charge-and-refund', account)
  await answers()
  await fixtures('dispute-and-pay-out', account)
  expect((await answers()).filter((line) => !line.endsWith('200'))).toEqual(['POST /v1/payouts 400'])
  const [books] = (await get(`/_sim/books?account=${account}`)).data
  expect(books).toMatchObject({
    disputed: 3000,
    reinstated: 3000,
    paid_out: 2000,
    payouts_returned: 1000,
    balanced: true,
  })
})

it('triggers events with the fixtures the CLI itself carries', async () => {
  await stripe(['trigger', 'account.updated'])
  await stripe(['trigger', 'payment_intent.succeeded'])
  await stripe(['trigger', 'payment_intent.payment_failed'])
  expect((await answers()).filter((line) => !/ (?:200|402)$/.test(line))).toEqual([])
}, 60_000)

async function fixtures(name: string, account?: string): Promise<void> {
  const file = fileURLToPath(new URL(`fixtures/${name}.json`, import.meta.url))
  await stripe(['fixtures', file, ...(account === undefined ? [] : ['--stripe-account', account])])
}

/** Exits with an error on any refusal that the file does not expect. */
async function stripe(args: readonly string[]): Promise<void> {
  await run(cli, ['--api-key', 'sk_test_stripecliinci', '--api-base', simulator.url, ...args], {
    env: { ...process.env, HOME: config, XDG_CONFIG_HOME: config, STRIPE_CLI_TELEMETRY_OPTOUT: '1' },
    timeout: 50_000,
  })
}

/** What was asked and answered since the last look, ids left out: the CLI does not notice an expected refusal that fails to come. */
async function answers(): Promise<string[]> {
  const { data } = await get('/_sim/requests')
  const lines = data.toReversed().map((line) => [line['method'], line['path'], line['status']].join(' '))
  const fresh = lines.slice(seen)
  seen = lines.length
  return fresh.map((line) => line.replaceAll(/(acct|ch|pi|re|dp|po)_\w+/g, '$1'))
}
let seen = 0

async function enabledAccount(): Promise<string> {
  const response = await fetch(`${simulator.url}/_sim/accounts`, {
    method: 'POST',
    body: JSON.stringify({ state: 'enabled' }),
  })
  const { first }: { first: string } = JSON.parse(await response.text())
  return first
}

async function get(path: string): Promise<{ data: Record<string, unknown>[] }> {
  return JSON.parse(await (await fetch(simulator.url + path)).text())
}
