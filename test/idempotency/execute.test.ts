import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executeIdempotent } from '../../src/idempotency/execute.ts'
import type { Answer } from '../../src/stripe/gateway.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Each happens to one request; `times: 2` covers the retry of stripe-node as well. */
const FAULTS: Record<string, object> = {
  'never arrives': { reset: true, times: 2 },
  'charges and loses its answer': { after_commit: true, times: 2 },
  'gets a stored 500': { status: 500, stored: true },
  'charges and gets a stored 500': { after_commit: true, status: 500, stored: true },
  'meets a proxy that answers with HTML': { status: 502, html: true, times: 2 },
}

/** One client request, and what happens to its first two sends. A merchant of its own keeps its faults apart. */
interface Attempted {
  sends: string
  faults: readonly object[]
  merchant: Merchant
}

let database: TestDatabase
let gatehouse: Gatehouse
let all: Attempted[]
/** How far the clock of Stripe and Gatehouse is ahead, in ms. */
let later = 0
const now = () => Date.now() + later

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, { now, simulator: { now } })
  const pairs = Object.entries(FAULTS).flatMap(([first, firstFault]) =>
    Object.entries(FAULTS).map(([second, secondFault]) => ({
      sends: `the first send ${first}, the second ${second}`,
      faults: [firstFault, secondFault],
    })),
  )
  all = await Promise.all(
    pairs.map(async (pair) => ({ ...pair, merchant: await anEnabledMerchant(gatehouse) })),
  )
  // Without webhooks, only the retry itself can find out what Stripe did.
  await gatehouse.sim('POST', '/_sim/delivery', { hold: true })
})
afterAll(() => database.stop())

/** Sends every request once, each against its fault. */
async function sendAll(order: string, send: number): Promise<number[]> {
  return Promise.all(
    all.map(async ({ merchant, faults }) => {
      const fault = faults[send]
      if (fault) {
        const route = 'POST /v1/payment_intents'
        await gatehouse.sim('POST', '/_sim/faults', { route, account: merchant.account, ...fault })
      }
      return (await merchant.pay({}, { idempotencyKey: `${order}-of-${merchant.account}` })).status
    }),
  )
}

it('a charge made between the first search and the gate’s answer is found, not made again', async () => {
  let at = Date.UTC(2026, 0, 2)
  const sentAt = at - 25 * HOUR_MS
  let charged: string | null = null
  const answer = await executeIdempotent(
    { ...gatehouse.deps(), now: () => at },
    {
      client: 'cl_1',
      key: 'order-1',
      fingerprint: 'abc',
      pending: {
        client: 'cl_1',
        key: 'order-1',
        fingerprint: 'abc',
        status: null,
        body: null,
        attempt: 1,
        created_at: sentAt,
        sent_at: at - MINUTE_MS,
      },
    },
    {
      search: async () => (charged === null ? null : answerOf(charged)),
      allow: () => {
        charged = 'pi_1'
        at += 2 * MINUTE_MS
      },
      send: () => Promise.reject(new Error('sent again')),
      reread: async (value) => answerOf(value),
    },
  )
  expect(answer.value).toBe('pi_1')
})

function answerOf(value: string): Answer<string> {
  return { value, as_of: { from: 0, to: 0 }, replayed: false }
}

describe.each([
  ['marks', true],
  ['does not mark', false],
])('where Stripe %s a replayed answer', (_, idempotent_replayed_header) => {
  it.each([
    ['at once', 0],
    ['after three minutes', 3 * MINUTE_MS],
    ['after Stripe forgot the key', 25 * HOUR_MS],
  ])('a charge is made once if it is retried %s, whatever happens to its sends', async (_when, wait) => {
    await gatehouse.sim('POST', '/_sim/switches', { idempotent_replayed_header })
    const order = `order-${wait}-${idempotent_replayed_header}`
    for (const send of [0, 1, 2]) {
      // oxlint-disable no-await-in-loop
      await sendAll(order, send)
      await gatehouse.sim('DELETE', '/_sim/faults')
      // oxlint-enable no-await-in-loop
      later += wait
    }
    later += 3 * MINUTE_MS
    expect(await sendAll(order, 3)).toEqual(all.map(() => 201))
    const charges = await Promise.all(
      all.map(async ({ sends, merchant }) => {
        const made = await merchant.atStripe('payment_intents')
        return { sends, count: made.filter(({ metadata }) => isOf(order, metadata)).length }
      }),
    )
    expect(charges).toEqual(all.map(({ sends }) => ({ sends, count: 1 })))
  })
})

function isOf(order: string, metadata: { gatehouse_request: string }): boolean {
  return metadata.gatehouse_request.includes(`:${order}-of-`)
}
