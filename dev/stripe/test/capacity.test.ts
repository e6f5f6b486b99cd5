import { describe, expect, it } from 'vitest'
import { type TestSimulator, testSimulator } from './test-simulator.ts'

/**
 * The simulator must not be the bottleneck of a benchmark. These tests fail if a call becomes slow, or slow with many
 * accounts. The best of many short batches counts and the bounds are generous, so a busy machine makes no difference.
 */
const [FEW, MANY] = [1000, 100_000]
const BATCHES = 25
const CALLS = 8
/** 1,000 requests a second on one core. */
const MAX_MICROSECONDS = 1000
const MAX_SLOWDOWN = 4

describe('with 100,000 accounts', () => {
  const b = testSimulator({ webhooks: [] })
  const few: Record<string, number> = {}
  let account = ''

  it('each account takes less than 5 kB of memory', { timeout: 120_000 }, async () => {
    account = String((await b.control('POST /_sim/accounts', { count: FEW, state: 'enabled' }))['first'])
    for (const [operation, call] of Object.entries(OPERATIONS))
      few[operation] = await best(() => call(b, account))
    const before = process.memoryUsage().heapUsed
    await b.control('POST /_sim/accounts', { count: MANY - FEW, state: 'enabled' })
    expect(await b.control('GET /_sim')).toMatchObject({ holds: { accounts: MANY } })
    expect((process.memoryUsage().heapUsed - before) / MANY).toBeLessThan(5000)
    expect(await b.stripe.accounts.retrieve(account)).toMatchObject({ charges_enabled: true })
    expect((await b.stripe.accounts.list({ limit: 100, starting_after: account })).data).toEqual([])
  })

  it.each(Object.entries(OPERATIONS))(
    'the simulator can %s 1,000 times a second, as fast as with few accounts',
    async (operation, call) => {
      const many = await best(() => call(b, account))
      expect(many).toBeLessThan(MAX_MICROSECONDS)
      expect(many / (few[operation] ?? 0)).toBeLessThan(MAX_SLOWDOWN)
    },
  )
})

const OPERATIONS = {
  'retrieve an account': (b: TestSimulator, account: string) => send(b, `GET /v1/accounts/${account}`),
  'list accounts': (b: TestSimulator) => send(b, 'GET /v1/accounts?limit=10'),
  'list accounts from the oldest on': (b: TestSimulator, account: string) =>
    send(b, `GET /v1/accounts?limit=10&ending_before=${account}`),
  'update an account': (b: TestSimulator, account: string) =>
    send(b, `POST /v1/accounts/${account}`, 'metadata[a]=b'),
  'create and confirm a payment': (b: TestSimulator, account: string) =>
    send(
      b,
      'POST /v1/payment_intents',
      'amount=1000&currency=usd&application_fee_amount=50&payment_method=pm_card_visa&confirm=true&return_url=https%3A%2F%2Fp.example',
      account,
    ),
  'read events back': (b: TestSimulator, account: string) =>
    send(b, 'GET /v1/events?limit=20', undefined, account),
} satisfies Record<string, (b: TestSimulator, account: string) => Promise<void>>

async function send(
  { request }: TestSimulator,
  call: string,
  body?: string,
  account?: string,
): Promise<void> {
  const [method = '', path = ''] = call.split(' ')
  const headers = {
    authorization: 'Bearer sk_test_capacity',
    ...(account === undefined ? {} : { 'stripe-account': account }),
  }
  const response = await request(path, { method, headers, ...(body === undefined ? {} : { body }) })
  expect(response.status).toBe(200)
  await response.text()
}

/** Microseconds for one call in the fastest batch. */
async function best(call: () => Promise<void>): Promise<number> {
  let fastest = Infinity
  for (let batch = 0; batch < BATCHES; batch++) {
    const started = performance.now()
    for (let i = 0; i < CALLS; i++) await call()
    fastest = Math.min(fastest, ((performance.now() - started) * 1000) / CALLS)
  }
  return fastest
}
