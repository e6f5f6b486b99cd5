/** The tests of Stripe's events as they come in that take seconds: each mutant plays them again. */
import { defineConfig } from 'vitest/config'
import { inOrder } from './in-order.ts'

const TOLD_BY = [
  'plan',
  'advance',
  'look',
  'webhook-arrival',
  'seen',
  'translate',
  'signature',
  'round-trips',
  'wake',
  'webhooks',
  'replay',
  'payment-answers',
  'rolling-deploy',
  'story',
  'payout-failures',
  'payment-elsewhere',
]

export default defineConfig({
  test: {
    include: TOLD_BY.map((name) => `test/node/${name}.test.ts`),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: inOrder(TOLD_BY) },
  },
})
