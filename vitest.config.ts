import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * `machines`: pure, no I/O. `node`: the service in one process with real servers, by the room it tests. `slow`: crashes,
 * races, random histories, in a short form that `LONG=1` lengthens. `embedded`: the tests of `node` and `slow` that depend most
 * on the database, with libSQL embedded in the process. `worker`: the built Worker in workerd. `worker-on-node` and
 * `worker-on-deno`: the same stories with the service as one process. `browser`: as a person uses it. `simulator`: the
 * stand-in for Stripe. `stack`: the commands that start everything.
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
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{machines,slow,worker,browser,stack,readme}/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: 'embedded',
          env: { DATABASE: 'embedded' },
          include: [
            'test/engine/{advance,outbox,replay,retention,rolling-deploy,round-trips,skipped-edges,timers}.test.ts',
            'test/payments/{concurrency,crashes,idempotency}.test.ts',
            'test/slow/{convergence,crash-matrix,races}.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
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
      ...(['node', 'deno'] as const).map((runtime) => ({
        test: {
          name: runtime === 'node' ? 'worker-on-node' : 'worker-on-deno',
          env: { RUNTIME: runtime, DATABASE: 'embedded' },
          include: ['test/worker/**/*.test.ts'],
          exclude: ['test/worker/bundle.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      })),
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
          include: ['test/{stack,readme}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
