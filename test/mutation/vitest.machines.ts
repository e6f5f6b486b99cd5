/** The tests of the pure machines, with few random histories, because each mutant repeats them all. */
import { defineConfig } from 'vitest/config'
import { inOrder } from './in-order.ts'

export default defineConfig({
  test: {
    include: ['test/machines/**/*.test.ts'],
    // These fail on every change, right or wrong.
    exclude: ['test/machines/draw.test.ts', 'test/machines/naive.test.ts'],
    env: { RUNS: '20' },
    testTimeout: 60_000,
    // Stryker runs each mutant in its own worker anyway.
    isolate: false,
    sequence: { sequencer: inOrder(['account-gates', 'payout-parent-events', 'convergence']) },
  },
})
