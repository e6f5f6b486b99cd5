import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedSimulator, serveSimulator } from '../src/serve.ts'
import { installedBinary } from './installed-binary.ts'

interface List {
  data: { id: string; status?: string; type?: string }[]
}

interface Refusal {
  error: { type: string; code?: string; param?: string }
}

/** Stripe's command line against a served simulator. */
const run = promisify(execFile)
const binary = installedBinary('stripe')
const config = mkdtempSync(join(tmpdir(), 'stripe-cli-'))
let simulator: ServedSimulator

beforeAll(async () => {
  simulator = await serveSimulator({ port: 0, switches: { async_capture_delay_s: 0 } })
})
afterAll(async () => {
  await simulator.close()
  rmSync(config, { recursive: true })
})

/** Each file of fixtures continues with the account of the file before. */
describe('fixtures', () => {
  let account = ''

  it('the CLI creates an account, and refusals match Stripe', async () => {
    await fixtures('connect-an-account')
    expect(await newCalls()).toEqual([
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
    account = (await cli<List>(['accounts', 'list', '--limit', '1'])).data[0]?.id ?? ''
    expect(await cli(['get', `/v1/accounts/${account}`])).toMatchObject({
      charges_enabled: false,
      metadata: { internal_id: 'from-the-cli', tier: 'gold' },
      settings: { payouts: { schedule: { interval: 'manual' } } },
    })
    await control(`/_sim/accounts/${account}/onboard`)
    await newCalls()
  })

  it('the CLI charges, captures and refunds as the connected account', async () => {
    await fixtures('charge-and-refund', account)
    expect(await newCalls()).toEqual([
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
    expect(await books(account)).toMatchObject({
      charged: 24_000,
      refunded: 2500,
      application_fees_paid: 875,
      balanced: true,
    })
  })

  it('the CLI wins a dispute and pays out', async () => {
    await fixtures('dispute-and-pay-out', account)
    expect((await newCalls()).filter((line) => !line.endsWith('200'))).toEqual(['POST /v1/payouts 400'])
    expect(await books(account)).toMatchObject({
      disputed: 3000,
      reinstated: 3000,
      paid_out: 2000,
      payouts_returned: 1000,
      balanced: true,
    })
    await control('/_sim/clock', { advance_s: 5 * 86_400 })
    const payouts = await cli<List>(['payouts', 'list', '--stripe-account', account])
    expect(payouts.data.map(({ status }) => status)).toEqual(['paid', 'canceled'])
  })
})

/** The CLI exits with 0 on a refusal, so the tests check its output. */
it.each([
  ['payment_intents create --amount 49 --currency usd', 'amount_too_small', 'amount'],
  ['payment_intents create --currency usd', 'parameter_missing', 'amount'],
  ['post /v1/payment_intents -d amount=ten -d currency=usd', 'parameter_invalid_integer', 'amount'],
  ['payment_intents create --amount 1000 --currency usd -d colour=blue', 'parameter_unknown', 'colour'],
  ['payouts create --amount 99999999 --currency usd', 'balance_insufficient', undefined],
  ['refunds create -d payment_intent=pi_none', 'resource_missing', 'payment_intent'],
  ['get /v1/payouts/po_none', 'resource_missing', 'id'],
])('the CLI shows the error of: %s', async (command, code, param) => {
  const account = await enabledAccount()
  const { error } = await cli<Refusal>([...command.split(' '), '--stripe-account', account])
  expect([error.type, error.code, error.param]).toEqual(['invalid_request_error', code, param])
  await newCalls()
})

/** https://docs.stripe.com/cli/events/resend */
it('stripe events resend sends an event to one endpoint', async () => {
  const received: string[] = []
  const receiver = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(/evt_\w+/.exec(chunk.toString('utf8'))?.[0] ?? ''))
    request.on('end', () => response.end('ok'))
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  try {
    const create = [
      'webhook_endpoints',
      'create',
      '--url',
      url,
      '--connect',
      '-d',
      'enabled_events[]=payout.paid',
    ]
    const { id: endpoint } = await cli<{ id: string }>(create)
    const account = await enabledAccount()
    await cli(['post', `/v1/accounts/${account}`, '-d', 'metadata[a]=b'])
    const { data } = await cli<List>(['events', 'list', '--stripe-account', account])
    const event = data[0]?.id ?? ''
    await cli(['events', 'resend', event, '--account', account, '--webhook-endpoint', endpoint])
    expect(received).toEqual([event])
    const { error } = await cli<Refusal>(['events', 'resend', 'evt_none', '--webhook-endpoint', endpoint])
    expect(error).toMatchObject({ code: 'resource_missing' })
  } finally {
    receiver.close()
    await newCalls()
  }
})

it('stripe trigger works for the platform and for an account', async () => {
  for (const event of ['account.updated', 'account.application.deauthorized', 'payment_intent.succeeded'])
    // oxlint-disable-next-line no-await-in-loop
    await stripe(['trigger', event])
  const account = await enabledAccount()
  // oxlint-disable-next-line no-await-in-loop
  for (const event of TRIGGERED) await stripe(['trigger', event, '--stripe-account', account])
  expect((await newCalls()).filter((line) => !/ (?:200|402)$/.test(line))).toEqual([])
  await control('/_sim/settle')
  const seen = await cli<List>(['events', 'list', '--limit', '100', '--stripe-account', account])
  const types = new Set(seen.data.map(({ type }) => type))
  expect(TRIGGERED.filter((event) => !types.has(event))).toEqual([])
}, 120_000)

const TRIGGERED = [
  'balance.available',
  'charge.captured',
  'charge.dispute.closed',
  'charge.refund.updated',
  'charge.refunded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payout.updated',
]

async function fixtures(name: string, account?: string): Promise<void> {
  const file = fileURLToPath(new URL(`fixtures/${name}.json`, import.meta.url))
  await stripe(['fixtures', file, ...(account === undefined ? [] : ['--stripe-account', account])])
}

/** Fails on any refusal that the file of fixtures does not expect. */
async function stripe(args: readonly string[]): Promise<string> {
  const { stdout } = await run(
    binary,
    ['--api-key', 'sk_test_stripecliinci', '--api-base', simulator.url, ...args],
    {
      env: { ...process.env, HOME: config, XDG_CONFIG_HOME: config, STRIPE_CLI_TELEMETRY_OPTOUT: '1' },
      timeout: 50_000,
      maxBuffer: 10_000_000,
    },
  )
  return stdout
}

async function cli<T>(args: readonly string[]): Promise<T> {
  return JSON.parse(await stripe(args))
}

/** The calls since the last check, without ids. The CLI does not notice if an expected refusal is missing. */
async function newCalls(): Promise<string[]> {
  const { data } = await get('/_sim/requests')
  const lines = data.toReversed().map((line) => [line['method'], line['path'], line['status']].join(' '))
  const fresh = lines.slice(seen)
  seen = lines.length
  return fresh.map((line) => line.replaceAll(/(acct|ch|pi|re|dp|po)_\w+/g, '$1'))
}
let seen = 0

async function enabledAccount(): Promise<string> {
  return (await control<{ first: string }>('/_sim/accounts', { state: 'enabled' })).first
}

async function books(account: string): Promise<unknown> {
  return (await get(`/_sim/books?account=${account}`)).data[0]
}

async function control<T>(path: string, body: object = {}): Promise<T> {
  const response = await fetch(simulator.url + path, { method: 'POST', body: JSON.stringify(body) })
  return JSON.parse(await response.text())
}

async function get(path: string): Promise<{ data: Record<string, unknown>[] }> {
  return JSON.parse(await (await fetch(simulator.url + path)).text())
}
