/**
 * Every fault of a Stripe call, for every command, with and without a client who retries. Each time the command is executed
 * at most once, Stripe's books and ours agree to the cent, and every payment at Stripe is stored here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse

/** The timeout of a Stripe call that hangs, shorter than a Worker's. */
const TIMEOUT_MS = 500

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, {
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('http://stripe.test')) return next(request)
      const controller = new AbortController()
      const timeout = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(new TypeError('no answer came')))
      })
      const timer = setTimeout(() => controller.abort(), TIMEOUT_MS)
      // A copied request may lose its signal, so the timeout does not rely on it alone.
      const answer = await Promise.race([next(new Request(request, { signal: controller.signal })), timeout])
      clearTimeout(timer)
      return answer
    },
  })
})
afterAll(() => database.stop())

interface Command {
  route: string
  /** Status of the answer when it is done. */
  done: number
  /** Creates the payment the command is for. */
  prepare: (merchant: Merchant) => Promise<string | null>
  send: (merchant: Merchant, payment: string | null) => Promise<Answer>
  /** Captured, refunded and kept fees, when the command is done and when it is not. */
  books: { done: number[]; undone: number[] }
}

const keyFor = ({ account }: Merchant) => ({ idempotencyKey: `order-of-${account}` })
const idOf = async (answer: Promise<Answer>) => {
  const { status, body } = await answer
  expect(status, JSON.stringify(body)).toBe(201)
  return body['id'] as string
}
const authorized = (merchant: Merchant) =>
  idOf(merchant.pay({ capture_method: 'manual', application_fee_amount: 100 }))

const COMMANDS: Record<string, Command> = {
  create: {
    route: 'POST /v1/payment_intents',
    done: 201,
    prepare: async () => null,
    send: (merchant) => merchant.pay({ application_fee_amount: 100 }, keyFor(merchant)),
    books: { done: [1000, 0, 100], undone: [0, 0, 0] },
  },
  capture: {
    route: 'POST /v1/payment_intents/{id}/capture',
    done: 200,
    prepare: authorized,
    send: (merchant, id) => merchant.command(id ?? '', 'capture', { amount: 600 }, keyFor(merchant)),
    books: { done: [600, 0, 60], undone: [0, 0, 0] },
  },
  cancel: {
    route: 'POST /v1/payment_intents/{id}/cancel',
    done: 200,
    prepare: authorized,
    send: (merchant, id) => merchant.command(id ?? '', 'cancel', {}, keyFor(merchant)),
    books: { done: [0, 0, 0], undone: [0, 0, 0] },
  },
  refund: {
    route: 'POST /v1/refunds',
    done: 201,
    prepare: async (merchant) => {
      const id = await idOf(merchant.pay({ application_fee_amount: 100 }))
      await whenQuiet()
      return id
    },
    send: (merchant, id) =>
      merchant.command(id ?? '', 'refunds', { amount: 300, refund_application_fee: true }, keyFor(merchant)),
    books: { done: [1000, 300, 70], undone: [1000, 0, 100] },
  },
}

const FAULTS: Record<string, { fault: object; isDone: boolean }> = {
  fails: { fault: { status: 500 }, isDone: false },
  'fails and stores the failure': { fault: { status: 500, stored: true }, isDone: false },
  'is not reached': { fault: { status: 502, html: true }, isDone: false },
  hangs: { fault: { timeout: true }, isDone: false },
  'resets the connection': { fault: { reset: true }, isDone: false },
  'executes it, then fails': { fault: { after_commit: true, status: 500 }, isDone: true },
  'executes it, then fails and stores the failure': {
    fault: { after_commit: true, status: 500, stored: true },
    isDone: true,
  },
  'executes it, then hangs': { fault: { after_commit: true, timeout: true }, isDone: true },
  'executes it, then resets the connection': { fault: { after_commit: true, reset: true }, isDone: true },
  'executes it, then breaks off its answer': { fault: { after_commit: true, truncate: true }, isDone: true },
}

/** Waits for captures, fees, their events, and every fetch that is owed. */
async function whenQuiet(): Promise<void> {
  await gatehouse.simulator.advance(3)
  await gatehouse.settle()
}

/** The account's sums in Stripe's books and in ours. */
async function booksOf(merchant: Merchant) {
  const { data, balanced } = await gatehouse.sim('GET', `/_sim/books?account=${merchant.account}`)
  expect(balanced).toBe(true)
  const [theirs = { charged: 0, refunded: 0, refunds_failed: 0, application_fees_paid: 0 }] = data
  const list = await gatehouse.call('GET', `/v1/accounts/${merchant.account}/payments`)
  const payments: Record<string, any>[] = list.body['data']
  const sum = (amount: (payment: Record<string, any>) => number) =>
    payments.reduce((total, payment) => total + amount(payment), 0)
  return {
    stripe: [theirs.charged, theirs.refunded - theirs.refunds_failed, theirs.application_fees_paid],
    ours: [
      sum((payment) => payment['amount_captured']),
      sum((payment) => payment['amount_refunded']),
      sum((payment) =>
        payment['fee'] === 'none' || payment['fee'] === 'pending'
          ? 0
          : payment['application_fee_amount'] - payment['application_fee_refunded'],
      ),
    ],
    payments,
  }
}

describe.each(Object.entries(COMMANDS))('%s, when Stripe', (_, { route, done, prepare, send, books }) => {
  it.concurrent.each(Object.entries(FAULTS))(
    '%s: is executed once for a client who retries',
    async (_, { fault }) => {
      const merchant = await anEnabledMerchant(gatehouse)
      const payment = await prepare(merchant)
      await gatehouse.sim('POST', '/_sim/faults', { route, account: merchant.account, times: 2, ...fault })
      let answer = await send(merchant, payment)
      for (let tries = 1; answer.status >= 500 && tries < 4; tries += 1) {
        expect(answer.headers.get('retry-after')).not.toBeNull()
        // oxlint-disable-next-line no-await-in-loop
        answer = await send(merchant, payment)
      }
      expect(answer.status, JSON.stringify(answer.body)).toBe(done)
      const replayed = await send(merchant, payment)
      expect(replayed.body).toEqual(answer.body)
      expect(replayed.headers.get('idempotent-replayed')).toBe('true')

      await whenQuiet()
      const { stripe, ours, payments } = await booksOf(merchant)
      expect(stripe).toEqual(books.done)
      expect(ours).toEqual(books.done)
      expect(payments.map(({ id, status }) => ({ id, status }))).toEqual(await intentsOf(merchant))
    },
  )

  it.concurrent.each(Object.entries(FAULTS))(
    '%s: ends as at Stripe for a client who does not retry',
    async (_, { fault, isDone }) => {
      const merchant = await anEnabledMerchant(gatehouse)
      const payment = await prepare(merchant)
      await gatehouse.sim('POST', '/_sim/faults', { route, account: merchant.account, times: 2, ...fault })
      const answer = await send(merchant, payment)
      await whenQuiet()
      const { stripe, ours, payments } = await booksOf(merchant)
      // A stored failure that Stripe marks as replayed is passed within the request.
      const isPassed = answer.status === done
      expect(stripe).toEqual(isDone || isPassed ? books.done : books.undone)
      expect(ours).toEqual(stripe)
      expect(payments.map(({ id, status }) => ({ id, status }))).toEqual(await intentsOf(merchant))
    },
  )
})

async function intentsOf(merchant: Merchant): Promise<{ id: string; status: string }[]> {
  return (await merchant.atStripe('payment_intents')).map(({ id, status }) => ({ id, status }))
}
