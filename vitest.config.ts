import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * The three rings: pure machines, Node with real servers, the built Worker in workerd; and in `browser` as a person uses
 * it. `simulator` tests the stand-in itself, `stack` the command that starts it all.
 */
export default defineConfig({
  test: {
    // One more than there are cores: much of the time a test waits, for a database's disk or for a deadline.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { test: { name: 'machines', include: ['test/machines/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'simulator',
          include: ['dev/stripe/test/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'node', include: ['test/node/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: 'worker',
          globalSetup: ['test/support/build-worker.ts'],
          include: ['test/worker/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup: ['test/support/build-worker.ts'],
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
