/** The whole service under the scheduler: its database, Stripe, and a process that can crash and be replaced. */
import type { TestDatabase } from '../database.ts'
import { startGatehouse, STRIPE_URL, type Answer, type Gatehouse, type Process } from '../gatehouse.ts'
import { openScheduler, type SimulatedProcess, type Scheduler } from '../scheduler.ts'

/** Intercepts each request that leaves a process: sends it, or injects a fault. */
export type Interceptor = (send: () => Promise<Response>, request: Request) => Promise<Response>

export interface Scene {
  scheduler: Scheduler
  gatehouse: Gatehouse
  /** The running process. */
  process: () => Process
  /** The scheduler's handle of the running process. */
  simulated: () => SimulatedProcess
  /** Starts another process, which takes over. */
  restart: (intercept?: Interceptor) => void
  /** Calls the API; status 0: the process crashed before it answered. */
  call: (method: string, path: string, body?: object, key?: string) => Promise<Answer>
  /** Calls Stripe's API as the platform or, with an account, as that account's holder. */
  stripe: (method: string, path: string, params?: Record<string, string>, account?: string) => Promise<any>
  /** Ends all faults, and runs cron after each of these waits, in minutes: the service must recover by itself. */
  recover: (waits: readonly number[]) => Promise<void>
  close: () => void
}

const MINUTE = 60_000

export async function openScene(
  database: TestDatabase,
  { seed, intercept }: { seed: number; intercept?: Interceptor },
): Promise<Scene> {
  await database.clear()
  const scheduler = openScheduler(seed)
  const gatehouse = await startGatehouse(database, {
    now: scheduler.now,
    random: scheduler.random,
    sleep: scheduler.startProcess().sleep,
    simulator: { now: scheduler.now, seed, concurrency: 3 },
  })
  const { simulator, sim } = gatehouse
  let [simulated, keys] = [scheduler.startProcess(), 0]
  let process: Process

  function restart(intercepting: Interceptor = (send) => send()): void {
    const started = scheduler.startProcess()
    const next = gatehouse.process({
      sleep: started.sleep,
      fetch: (outside) => async (input, init) => {
        // Without its signal: deadlines run in real time, and no call is late in simulated time.
        const request = new Request(input, { ...init, signal: null })
        const name = `${request.method} ${request.url} ${await request.clone().text()}`
        return started.send(name, () =>
          intercepting(async () => complete(await outside(request.clone())), request),
        )
      },
    })
    ;[simulated, process] = [started, next]
    gatehouse.deliverTo({ fetch: (request) => started.untilCrash(next.fetch(request)) })
  }
  restart(intercept)

  return {
    scheduler,
    gatehouse,
    process: () => process,
    simulated: () => simulated,
    restart,
    async call(method, path, body, key) {
      keys += 1
      const [called, { fetch }] = [simulated, process]
      const through: Process['fetch'] = (request) => called.untilCrash(fetch(request))
      const options = { ...(body && { body }), idempotencyKey: key ?? `key-${keys}`, through }
      return gatehouse
        .call(method, path, options)
        .catch(() => ({ status: 0, body: {}, headers: new Headers() }))
    },
    async stripe(method, path, params, account) {
      const headers = {
        authorization: 'Bearer sk_test_gatehouse_tests',
        ...(account && { 'stripe-account': account }),
        ...(params && { 'content-type': 'application/x-www-form-urlencoded' }),
      }
      const body = params && new URLSearchParams(params).toString()
      const request = new Request(`${STRIPE_URL}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body }),
      })
      return (await simulator.fetch(request)).json()
    },
    async recover(waits) {
      await scheduler.run(async () => {
        await sim('DELETE', '/_sim/delivery')
        await simulator.settle()
      })
      for (const minutes of waits) {
        // oxlint-disable no-await-in-loop
        await scheduler.drain(MINUTE)
        scheduler.advance(minutes * MINUTE)
        await scheduler.run(async () => {
          await simulator.settle()
          await process.cron()
          await simulator.settle()
        })
        // oxlint-enable no-await-in-loop
      }
      await scheduler.drain(MINUTE)
    },
    close: scheduler.close,
  }
}

/** Reads the whole body, so that no later read of it depends on real time. */
async function complete(response: Response): Promise<Response> {
  const { status, headers } = response
  const bytes = status === 204 || status === 304 ? null : await response.arrayBuffer()
  return new Response(bytes, { status, headers })
}
