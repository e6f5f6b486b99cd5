import { expect, it } from 'vitest'
import { bench } from './bench.ts'

/** The full figures are `node bench/simulator.ts`; this only notices when something becomes slow with size. */
it('pages through many accounts and finds one, however many there are', async () => {
  const { stripe, control } = bench({ webhooks: [] })
  const made = await control('POST /_sim/accounts', { count: 20_000, state: 'enabled' })
  const first = String(made['first'])
  const started = performance.now()
  for (let i = 0; i < 100; i++) await stripe.accounts.retrieve(first)
  const page = await stripe.accounts.list({ limit: 100, starting_after: first })
  expect(page.data).toEqual([])
  expect(performance.now() - started).toBeLessThan(2000)
  expect(await stripe.accounts.retrieve(first)).toMatchObject({ charges_enabled: true })
})
