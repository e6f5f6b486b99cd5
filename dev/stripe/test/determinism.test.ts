import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type SimulatorOptions, createSimulator } from '../src/simulator.ts'
import { START_MS, type TestSimulator, client, testSimulator } from './test-simulator.ts'

const ALL_FAULTS = {
  shuffle: true,
  duplicate: 0.3,
  copies: 3,
  sibling: 0.3,
  drop: 0.2,
  drop_as: 'delivered',
  delay_ms: [0, 90_000],
} as const

/** The delivery faults have a seed of their own, and a reset accepts a seed too. */
describe.each<[string, object]>([
  ['in order', {}],
  ['with all faults', ALL_FAULTS],
  ['in one second', { ...ALL_FAULTS, same_second: true }],
  ['held and sent shuffled', { ...ALL_FAULTS, hold: true }],
  ['with a fault seed', { ...ALL_FAULTS, seed: 7 }],
])('webhooks %s', (_, mode) => {
  it('the same seed and calls give the same ids, events, attempts and answers', async () => {
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

it('another fault seed changes the deliveries and no object id', async () => {
  const [one, other] = [7, 8].map((seed) => story({ seed: 1 }, { ...ALL_FAULTS, seed }, 1))
  expect((await one)?.arrived).not.toEqual((await other)?.arrived)
  expect((await one)?.truth).toEqual((await other)?.truth)
})

it('delivery faults change no object id', async () => {
  const ids = async (mode: object) => {
    const b = testSimulator()
    await b.control('POST /_sim/delivery', mode)
    const { id } = await b.enabledAccount()
    const first = (await b.payment(id)).id
    const events = (await b.stripe.events.list({}, { stripeAccount: id })).data.map((event) => event.id)
    if (Object.keys(mode).length > 0) await b.control('POST /_sim/deliver', { events })
    return [id, first, (await b.payment(id)).id]
  }
  const withoutFaults = await ids({})
  expect(await ids({ duplicate: true, copies: 3, sibling: true, shuffle: true, drop: 0.5 })).toEqual(
    withoutFaults,
  )
})

it('a reset starts a new world with the same ids', async () => {
  const b = testSimulator()
  const { id } = await b.stripe.accounts.create({})
  await b.control('POST /_sim/reset')
  expect((await b.stripe.accounts.list()).data).toEqual([])
  expect((await b.stripe.accounts.create({})).id).toBe(id)
  await b.control('POST /_sim/reset', { seed: 99 })
  expect((await b.stripe.accounts.create({})).id).not.toBe(id)
})

it('a new process continues from the data file', async () => {
  const dataFile = join(tmpdir(), `simulator-${process.pid}.json`)
  try {
    const options = { dataFile, now: () => START_MS }
    const first = testSimulator(options)
    const { id } = await first.enabledAccount()
    const paid = await first.payment(id, { application_fee_amount: 100 })
    await first.control('POST /_sim/delivery', { hold: true })
    await first.stripe.accounts.update(id, { metadata: { a: 'b' } }, { idempotencyKey: 'k' })
    await first.simulator.close()

    const second = testSimulator(options)
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

it('a data file of version 1 is read', async () => {
  const dataFile = join(tmpdir(), `simulator-${process.pid}-v1.json`)
  try {
    const options = { dataFile, now: () => START_MS }
    const first = testSimulator(options)
    const { id } = await first.enabledAccount()
    await first.simulator.close()
    writeFileSync(dataFile, asVersion1(readFileSync(dataFile, 'utf8')))

    const second = testSimulator(options)
    expect((await second.stripe.accounts.retrieve(id)).charges_enabled).toBe(true)
    const ids = [(await first.stripe.accounts.create({})).id, (await second.stripe.accounts.create({})).id]
    expect(ids[0]).toBe(ids[1])
    await second.simulator.close()
  } finally {
    rmSync(dataFile, { force: true })
  }
})

const NAMES_OF_VERSION_1 = {
  faultRng: 'luck',
  taskQueue: 'agenda',
  deliveryQueue: 'due',
  payoutOfTransaction: 'paidIn',
  refundsAwaitingFunds: 'waitingRefunds',
  idempotencyKeys: 'keys',
}

function asVersion1(file: string): string {
  const names = Object.entries(NAMES_OF_VERSION_1)
  return names
    .reduce((text, [name, old]) => text.replace(`"${name}":`, `"${old}":`), file)
    .replace('"version":2', '"version":1')
}

/** https://docs.stripe.com/webhooks#retries */
it('a new process repeats a delivery that was interrupted by a crash', async () => {
  const dataFile = join(tmpdir(), `simulator-${process.pid}-died.json`)
  try {
    const options = { dataFile, now: () => START_MS }
    const crashed = testSimulator({
      ...options,
      deliver: () => new Promise(() => {}),
      switches: { delivery_timeout_ms: 3_600_000 },
    })
    await crashed.stripe.accounts.create({})
    void crashed.simulator.settle()
    // The file is written during the attempt, and the first process does nothing more.
    await expect.poll(() => existsSync(dataFile), { timeout: 5000 }).toBe(true)
    const next = testSimulator(options)
    expect(await next.types()).toEqual(['account.updated'])
    await next.simulator.close()
  } finally {
    rmSync(dataFile, { force: true })
  }
})

it('time passes only when a test says so', async () => {
  const simulator = createSimulator({ now: () => START_MS, webhooks: [] })
  const stripe = client(simulator)
  await stripe.accounts.create({})
  const [a, b] = [await stripe.balance.retrieve(), await stripe.balance.retrieve()]
  expect(new Headers(a.lastResponse.headers).get('date')).toBe(
    new Headers(b.lastResponse.headers).get('date'),
  )
})

interface Course {
  /** The webhooks of both endpoints, byte for byte. */
  readonly arrived: readonly string[]
  /** The answers of the calls. */
  readonly answers: readonly string[]
  /** Every delivery with its attempts. */
  readonly deliveries: unknown
  /** The state of all objects at the end. */
  readonly truth: unknown
}

/** Uses many features. The idempotency keys are fixed, since stripe-node's own are random. */
async function story(options: SimulatorOptions, mode: object, faulty = 0.5): Promise<Course> {
  const [arrived, answers]: [string[], string[]] = [[], []]
  const b: TestSimulator = testSimulator({
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
