/**
 * Everything that can go wrong on the way to Stripe, for everything that is done there, with and without a client who
 * comes back. Whatever happened, Stripe's books and ours agree to the cent, nothing was done twice, and nothing is at
 * Stripe that is not here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Answer, type Gatehouse } from '../support/gatehouse.ts'
import { anEnabledMerchant, type Merchant } from '../support/merchant.ts'

let database: TestDatabase
let gatehouse: Gatehouse

/** Stripe hangs for as long as it is listened to; the tests are in more of a hurry than a Worker is. */
const PATIENCE_MS = 500

beforeAll(async () => {
  database = await startDatabase()
  gatehouse = await startGatehouse(database, {
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('http://stripe.test')) return next(request)
      const impatience = new AbortController()
      const patience = new Promise<never>((_, reject) => {
        impatience.signal.addEventListener('abort', () => reject(new TypeError('no answer came')))
      })
      const timer = setTimeout(() => impatience.abort(), PATIENCE_MS)
      // A request that is copied on its way may lose sight of its signal, so that is not all that ends the waiting.
      const answer = await Promise.race([next(new Request(request, { signal: impatience.signal })), patience])
      clearTimeout(timer)
      return answer
    },
  })
})
afterAll(() => database.stop())

interface Act {
  route: string
  /** Status codes of the first answer and of its replay. */
  done: number
  /** What was there before. */
  before: (merchant: Merchant) => Promise<string | null>
  act: (merchant: Merchant, payment: string | null) => Promise<Answer>
  /** What the books say when it was done, and when it was not: captured, refunded, fees kept. */
  books: { done: number[]; undone: number[] }
}

const keyed = ({ account }: Merchant) => ({ idempotencyKey: `order-of-${account}` })
const made = async (answer: Promise<Answer>) => {
  const { status, body } = await answer
  expect(status, JSON.stringify(body)).toBe(201)
  return body['id'] as string
}
const authorized = (merchant: Merchant) =>
  made(merchant.pay({ capture_method: 'manual', application_fee_amount: 100 }))

const ACTS: Record<string, Act> = {
  create: {
    route: 'POST /v1/payment_intents',
    done: 201,
    before: async () => null,
    act: (merchant) => merchant.pay({ application_fee_amount: 100 }, keyed(merchant)),
    books: { done: [1000, 0, 100], undone: [0, 0, 0] },
  },
  capture: {
    route: 'POST /v1/payment_intents/{id}/capture',
    done: 200,
    before: authorized,
    act: (merchant, id) => merchant.command(id ?? '', 'capture', { amount: 600 }, keyed(merchant)),
    books: { done: [600, 0, 60], undone: [0, 0, 0] },
  },
  cancel: {
    route: 'POST /v1/payment_intents/{id}/cancel',
    done: 200,
    before: authorized,
    act: (merchant, id) => merchant.command(id ?? '', 'cancel', {}, keyed(merchant)),
    books: { done: [0, 0, 0], undone: [0, 0, 0] },
  },
  refund: {
    route: 'POST /v1/refunds',
    done: 201,
    before: async (merchant) => {
      const id = await made(merchant.pay({ application_fee_amount: 100 }))
      await whenQuiet()
      return id
    },
    act: (merchant, id) =>
      merchant.command(id ?? '', 'refunds', { amount: 300, refund_application_fee: true }, keyed(merchant)),
    books: { done: [1000, 300, 70], undone: [1000, 0, 100] },
  },
}

const FAULTS: Record<string, { fault: object; isDone: boolean }> = {
  'fails before': { fault: { status: 500 }, isDone: false },
  'fails before, and keeps the failure': { fault: { status: 500, stored: true }, isDone: false },
  'is not reached': { fault: { status: 502, html: true }, isDone: false },
  'hangs before': { fault: { timeout: true }, isDone: false },
  'resets before': { fault: { reset: true }, isDone: false },
  'acts, then fails': { fault: { after_commit: true, status: 500 }, isDone: true },
  'acts, then fails, and keeps the failure': {
    fault: { after_commit: true, status: 500, stored: true },
    isDone: true,
  },
  'acts, then hangs': { fault: { after_commit: true, timeout: true }, isDone: true },
  'acts, then resets': { fault: { after_commit: true, reset: true }, isDone: true },
  'acts, and breaks off its answer': { fault: { after_commit: true, truncate: true }, isDone: true },
}

/** Captures, fees and the events of both are through, and every look that is owed was taken. */
async function whenQuiet(): Promise<void> {
  await gatehouse.simulator.advance(3)
  await gatehouse.settle()
}

/** What Stripe's books of the account say, and what ours do. */
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

describe.each(Object.entries(ACTS))('%s, while Stripe', (_, { route, done, before, act, books }) => {
  it.concurrent.each(Object.entries(FAULTS))(
    '%s: done once when the client comes back',
    async (_, { fault }) => {
      const merchant = await anEnabledMerchant(gatehouse)
      const payment = await before(merchant)
      await gatehouse.sim('POST', '/_sim/faults', { route, account: merchant.account, times: 2, ...fault })
      let answer = await act(merchant, payment)
      for (let tries = 1; answer.status >= 500 && tries < 4; tries += 1) {
        expect(answer.headers.get('retry-after')).not.toBeNull()
        // oxlint-disable-next-line no-await-in-loop
        answer = await act(merchant, payment)
      }
      expect(answer.status, JSON.stringify(answer.body)).toBe(done)
      const replayed = await act(merchant, payment)
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
    '%s: as Stripe has it when nobody comes back',
    async (_, { fault, isDone }) => {
      const merchant = await anEnabledMerchant(gatehouse)
      const payment = await before(merchant)
      await gatehouse.sim('POST', '/_sim/faults', { route, account: merchant.account, times: 2, ...fault })
      const answer = await act(merchant, payment)
      await whenQuiet()
      const { stripe, ours, payments } = await booksOf(merchant)
      // A failure that Stripe marks as kept is got past within the request.
      const isKnown = answer.status === done
      expect(stripe).toEqual(isDone || isKnown ? books.done : books.undone)
      expect(ours).toEqual(stripe)
      expect(payments.map(({ id, status }) => ({ id, status }))).toEqual(await intentsOf(merchant))
    },
  )
})

async function intentsOf(merchant: Merchant): Promise<{ id: string; status: string }[]> {
  return (await merchant.atStripe('payment_intents')).map(({ id, status }) => ({ id, status }))
}
