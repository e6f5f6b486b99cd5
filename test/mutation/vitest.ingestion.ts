/**
 * The tests of what comes in that take seconds: each mutant plays them again. First those that play no more than the way
 * in itself, in milliseconds.
 */
import { defineConfig } from 'vitest/config'
import { inOrder } from './in-order.ts'

const TOLD_BY = [
  'plan',
  'advance',
  'look',
  'refresh',
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
