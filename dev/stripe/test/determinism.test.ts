import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSimulator, type SimulatorOptions } from '../src/simulator.ts'
import { bench, type Bench, client, START_MS } from './bench.ts'

const EVERY_MISCHIEF = {
  shuffle: true,
  duplicate: 0.3,
  copies: 3,
  sibling: 0.3,
  drop: 0.2,
  drop_as: 'delivered',
  delay_ms: [0, 90_000],
} as const

/** `seed` may also be given to the mischief alone, or to a world that starts over. */
describe.each<[string, object]>([
  ['in order', {}],
  ['with every mischief at once', EVERY_MISCHIEF],
  ['in one second', { ...EVERY_MISCHIEF, same_second: true }],
  ['held and let go in any order', { ...EVERY_MISCHIEF, hold: true }],
  ['with luck of its own', { ...EVERY_MISCHIEF, seed: 7 }],
])('what arrives %s', (_, mode) => {
  it('is the same for the same seed and the same calls, ids, events, attempts and answers alike', async () => {
    const [first, second, other] = [
      await story({ seed: 1 }, mode),
      await story({ seed: 1 }, mode),
      await story({ seed: 2 }, mode),
    ]
    expect(second).toEqual(first)
    expect(other.arrived).not.toEqual(first.arrived)
    expect(first.arrived.length).toBeGreaterThan(40)
    expect(first.answers.some((line) => line.startsWith('503'))).toBe(true)
  })
})

it('draws another course from another seed of the mischief alone, and no other ids', async () => {
  const [one, other] = [7, 8].map((seed) => story({ seed: 1 }, { ...EVERY_MISCHIEF, seed }, 1))
  expect((await one)?.arrived).not.toEqual((await other)?.arrived)
  expect((await one)?.truth).toEqual((await other)?.truth)
})

it('gives the same ids however deliveries misbehave', async () => {
  const ids = async (mode: object) => {
    const b = bench()
    await b.control('POST /_sim/delivery', mode)
    const { id } = await b.enabledAccount()
    const first = (await b.payment(id)).id
    const events = (await b.stripe.events.list({}, { stripeAccount: id })).data.map((event) => event.id)
    if (Object.keys(mode).length > 0) await b.control('POST /_sim/deliver', { events })
    return [id, first, (await b.payment(id)).id]
  }
  const orderly = await ids({})
  expect(await ids({ duplicate: true, copies: 3, sibling: true, shuffle: true, drop: 0.5 })).toEqual(orderly)
})

it('starts over on reset, with the same ids', async () => {
  const b = bench()
  const { id } = await b.stripe.accounts.create({})
  await b.control('POST /_sim/reset')
  expect((await b.stripe.accounts.list()).data).toEqual([])
  expect((await b.stripe.accounts.create({})).id).toBe(id)
  await b.control('POST /_sim/reset', { seed: 99 })
  expect((await b.stripe.accounts.create({})).id).not.toBe(id)
})

it('goes on in a new process where the file left off', async () => {
  const dataFile = join(tmpdir(), `simulator-${process.pid}.json`)
  try {
    const options = { dataFile, now: () => START_MS }
    const first = bench(options)
    const { id } = await first.enabledAccount()
    const paid = await first.payment(id, { application_fee_amount: 100 })
    await first.control('POST /_sim/delivery', { hold: true })
    await first.stripe.accounts.update(id, { metadata: { a: 'b' } }, { idempotencyKey: 'k' })
    await first.simulator.close()

    const second = bench(options)
    expect(await second.stripe.accounts.retrieve(id)).toMatchObject({
      metadata: { a: 'b' },
      charges_enabled: true,
    })
    expect(
      (await second.stripe.accounts.update(id, { metadata: { a: 'b' } }, { idempotencyKey: 'k' })).id,
    ).toBe(id)
    await second.control('DELETE /_sim/delivery')
    expect(await second.types()).toEqual(['account.updated'])
    await second.simulator.advance(2 * 86_400)
    const { available } = await second.stripe.balance.retrieve({}, { stripeAccount: id })
    expect(available).toMatchObject([{ amount: 9580 }])
    expect((await second.stripe.paymentIntents.retrieve(paid.id, {}, { stripeAccount: id })).status).toBe(
      'succeeded',
    )
    expect((await second.control('GET /_sim/books'))['balanced']).toBe(true)
    await second.simulator.close()
  } finally {
    rmSync(dataFile, { force: true })
  }
})

/** https://docs.stripe.com/webhooks#retries: at least once, whoever dies. */
it('sends again in a new process what the old one had not seen arrive when it died', async () => {
  const dataFile = join(tmpdir(), `simulator-${process.pid}-died.json`)
  try {
    const options = { dataFile, now: () => START_MS }
    const died = bench({
      ...options,
      deliver: () => new Promise(() => {}),
      switches: { delivery_timeout_ms: 3_600_000 },
    })
    await died.stripe.accounts.create({})
    void died.simulator.settle()
    // It is kept while the attempt is under way, and then nothing of that process goes on.
    await expect.poll(() => existsSync(dataFile), { timeout: 5000 }).toBe(true)
    const next = bench(options)
    expect(await next.types()).toEqual(['account.updated'])
    await next.simulator.close()
  } finally {
    rmSync(dataFile, { force: true })
  }
})

it('needs no timer: a test decides when time passes', async () => {
  const simulator = createSimulator({ now: () => START_MS, webhooks: [] })
  const stripe = client(simulator)
  await stripe.accounts.create({})
  const [a, b] = [await stripe.balance.retrieve(), await stripe.balance.retrieve()]
  expect(new Headers(a.lastResponse.headers).get('date')).toBe(
    new Headers(b.lastResponse.headers).get('date'),
  )
})

interface Course {
  /** What came in at both endpoints, byte for byte. */
  readonly arrived: readonly string[]
  /** What the calls were answered. */
  readonly answers: readonly string[]
  /** Every delivery with its attempts. */
  readonly deliveries: unknown
  /** What is there in the end, whoever heard of it. */
  readonly truth: unknown
}

/** A bit of everything, under keys that stripe-node did not draw by lot. */
async function story(options: SimulatorOptions, mode: object, faulty = 0.5): Promise<Course> {
  const [arrived, answers]: [string[], string[]] = [[], []]
  const b: Bench = bench({
    ...options,
    deliver: async (request) => {
      arrived.push(`${request.url} ${request.headers.get('stripe-signature')} ${await request.text()}`)
      return new Response('', { status: arrived.length % 7 === 0 ? 500 : 200 })
    },
  })
  const answered = async (call: Promise<object>) =>
    void answers.push(await call.then(JSON.stringify, (error) => `${error.statusCode} ${error.message}`))
  await b.control('POST /_sim/delivery', mode)
  const { id } = await b.enabledAccount({}, { idempotencyKey: 'account' })
  const stripeAccount = id
  await b.control('POST /_sim/faults', {
    route: 'POST /v1/payment_intents',
    status: 503,
    share: faulty,
    times: 2,
  })
  for (let amount = 1000; amount < 7000; amount += 1000) {
    const params = { amount, application_fee_amount: 100, payment_method: 'pm_card_bypassPending' }
    // oxlint-disable-next-line no-await-in-loop
    await answered(b.payment(id, params, { idempotencyKey: `payment ${amount}` }))
  }
  const [intent] = (await b.stripe.paymentIntents.list({}, { stripeAccount })).data
  const refund = { payment_intent: intent?.id ?? '', amount: 500 }
  await answered(b.stripe.refunds.create(refund, { stripeAccount, idempotencyKey: 'refund' }))
  await b.control(`POST /_sim/payment_intents/${intent?.id}/dispute`)
  await b.control(`POST /_sim/accounts/${id}/move`, { move: 'bank_changed', account_number: '000111111116' })
  await b.control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_due', deadline_s: 86_400 })
  await b.simulator.advance(10 * 86_400)
  await b.control('POST /_sim/deliver', { order: 'shuffle' })
  await b.control('DELETE /_sim/delivery')
  await b.simulator.settle()
  return {
    arrived,
    answers,
    deliveries: (await b.control('GET /_sim/deliveries'))['data'],
    truth: [await b.control(`GET /_sim/accounts/${id}`), await b.control('GET /_sim/books')],
  }
}
