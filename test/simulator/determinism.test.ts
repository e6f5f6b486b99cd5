import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSimulator, type SimulatorOptions } from '../../dev/stripe/simulator.ts'
import { bench, type Bench, client, START_MS } from './bench.ts'

it('gives the same ids, events and order of delivery for the same seed and the same calls', async () => {
  const [first, second, other] = [
    await story({ seed: 1 }),
    await story({ seed: 1 }),
    await story({ seed: 2 }),
  ]
  expect(second).toEqual(first)
  expect(other).not.toEqual(first)
  expect(first.length).toBeGreaterThan(40)
})

it('gives the same ids however deliveries misbehave', async () => {
  const ids = async (mode: object) => {
    const b = bench()
    await b.control('POST /_sim/delivery', mode)
    const { id } = await b.enabledAccount()
    return [id, (await b.payment(id)).id, (await b.payment(id)).id]
  }
  expect(await ids({ duplicate: true, copies: 3, sibling: true, shuffle: true, drop: 0.5 })).toEqual(
    await ids({}),
  )
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

it('needs no timer: a test decides when time passes', async () => {
  const simulator = createSimulator({ now: () => START_MS, webhooks: [] })
  const stripe = client(simulator)
  await stripe.accounts.create({})
  const [a, b] = [await stripe.balance.retrieve(), await stripe.balance.retrieve()]
  expect(new Headers(a.lastResponse.headers).get('date')).toBe(
    new Headers(b.lastResponse.headers).get('date'),
  )
})

/** A bit of everything, under keys that stripe-node did not draw by lot, and all that arrived at both endpoints. */
async function story(options: SimulatorOptions): Promise<readonly string[]> {
  const arrived: string[] = []
  const b: Bench = bench({
    ...options,
    deliver: async (request) => {
      arrived.push(`${request.url} ${request.headers.get('stripe-signature')} ${await request.text()}`)
      return new Response('', { status: arrived.length % 7 === 0 ? 500 : 200 })
    },
  })
  await b.control('POST /_sim/delivery', { shuffle: true, duplicate: 0.3, copies: 2, drop: 0.1 })
  const { id } = await b.enabledAccount({}, { idempotencyKey: 'account' })
  for (let amount = 1000; amount < 5000; amount += 1000)
    await b.payment(id, { amount, application_fee_amount: 100 }, { idempotencyKey: `payment ${amount}` })
  const [intent] = (await b.stripe.paymentIntents.list({}, { stripeAccount: id })).data
  await b.stripe.refunds.create(
    { payment_intent: intent?.id ?? '', amount: 500 },
    { stripeAccount: id, idempotencyKey: 'refund' },
  )
  await b.control(`POST /_sim/payment_intents/${intent?.id}/dispute`)
  await b.control(`POST /_sim/accounts/${id}/move`, { move: 'requirements_due', deadline_s: 86_400 })
  await b.simulator.advance(10 * 86_400)
  return arrived
}
