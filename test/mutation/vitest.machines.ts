/** The pure machines, with few random histories: each mutant plays them all again. */
import { defineConfig } from 'vitest/config'
import { inOrder } from './in-order.ts'

export default defineConfig({
  test: {
    include: ['test/machines/**/*.test.ts'],
    // A drawing and a table notice every change, and judge none.
    exclude: ['test/machines/draw.test.ts', 'test/machines/naive.test.ts'],
    env: { RUNS: '20' },
    testTimeout: 60_000,
    // Every mutant has a worker of its own anyway.
    isolate: false,
    sequence: { sequencer: inOrder(['account-gates', 'payout-parent-events', 'convergence']) },
  },
})
