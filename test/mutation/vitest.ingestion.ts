/** The tests of event ingestion that take seconds, because each mutant repeats them. Those that take milliseconds run first. */
import { defineConfig } from 'vitest/config'
import { inOrder } from './in-order.ts'

const TESTS = [
  'engine/plan',
  'engine/advance',
  'engine/fetch',
  'engine/refresh',
  'engine/inbox',
  'engine/observe',
  'engine/translate',
  'webhooks/signature',
  'engine/round-trips',
  'engine/timers',
  'webhooks/receive',
  'engine/replay',
  'payments/answers',
  'engine/rolling-deploy',
  'stories/first-payment',
  'payouts/failures',
  'payments/made-elsewhere',
]

export default defineConfig({
  test: {
    include: TESTS.map((name) => `test/${name}.test.ts`),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: inOrder(TESTS) },
  },
})
