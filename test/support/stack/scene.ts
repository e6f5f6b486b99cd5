/** The whole service on a stage: its database, Stripe, and a process that can die and be followed by another. */
import type { TestDatabase } from '../database.ts'
import { startGatehouse, STRIPE_URL, type Answer, type Gatehouse, type Process } from '../gatehouse.ts'
import { openStage, type Life, type Stage } from '../scheduler.ts'

/** Stands at the door of a process: does what leaves, or lets it go wrong. */
export type Door = (act: () => Promise<Response>, request: Request) => Promise<Response>

export interface Scene {
  stage: Stage
  gatehouse: Gatehouse
  /** The process that everything reaches now. */
  process: () => Process
  life: () => Life
  /** Another takes over. */
  begin: (door?: Door) => void
  /** Calls the API; status 0: the process died over it. */
  call: (method: string, path: string, body?: object, key?: string) => Promise<Answer>
  /** Stripe's API, as the platform or, with an account, as whoever is signed in to that account's Dashboard. */
  stripe: (method: string, path: string, params?: Record<string, string>, account?: string) => Promise<any>
  /** Everything goes well from now on, and time passes, in minutes: what was lost is for the service to find out. */
  mend: (later: readonly number[]) => Promise<void>
  close: () => void
}

const MINUTE = 60_000

export async function openScene(
  database: TestDatabase,
  { seed, door }: { seed: number; door?: Door },
): Promise<Scene> {
  await database.clear()
  const stage = openStage(seed)
  const gatehouse = await startGatehouse(database, {
    now: stage.now,
    random: stage.random,
    sleep: stage.live().sleep,
    simulator: { now: stage.now, seed, concurrency: 3 },
  })
  const { simulator, sim } = gatehouse
  let [life, keys] = [stage.live(), 0]
  let process: Process

  function begin(at: Door = (act) => act()): void {
    const mine = stage.live()
    const next = gatehouse.process({
      sleep: mine.sleep,
      fetch: (outside) => async (input, init) => {
        // What has a deadline in real time has none here: nothing takes longer than its turn.
        const request = new Request(input, { ...init, signal: null })
        const what = `${request.method} ${request.url} ${await request.clone().text()}`
        return mine.leave(what, () => at(async () => whole(await outside(request.clone())), request))
      },
    })
    ;[life, process] = [mine, next]
    gatehouse.deliverTo({ fetch: (request) => mine.orDie(next.fetch(request)) })
  }
  begin(door)

  return {
    stage,
    gatehouse,
    process: () => process,
    life: () => life,
    begin,
    async call(method, path, body, key) {
      keys += 1
      const [mine, its] = [life, process]
      const through: Process['fetch'] = (request) => mine.orDie(its.fetch(request))
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
    async mend(later) {
      await stage.run(async () => {
        await sim('DELETE', '/_sim/delivery')
        await simulator.settle()
      })
      for (const minutes of later) {
        // oxlint-disable no-await-in-loop
        await stage.drain(MINUTE)
        stage.advance(minutes * MINUTE)
        await stage.run(async () => {
          await simulator.settle()
          await process.cron()
          await simulator.settle()
        })
        // oxlint-enable no-await-in-loop
      }
      await stage.drain(MINUTE)
    },
    close: stage.close,
  }
}

/** All of it has arrived before anybody reads it. */
async function whole(response: Response): Promise<Response> {
  const { status, headers } = response
  const bytes = status === 204 || status === 304 ? null : await response.arrayBuffer()
  return new Response(bytes, { status, headers })
}
