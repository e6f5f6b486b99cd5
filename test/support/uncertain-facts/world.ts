/** The service and the simulator with some switches set, a record of their traffic, and a simulated clock. */
import type { Switches } from 'stripe-connect-simulator'
import type { TestDatabase } from '../database.ts'
import { startGatehouse, STRIPE_URL, type Answer, type Gatehouse, type Process } from '../gatehouse.ts'
import { expectTruth } from '../stack/truth.ts'

/** A call to Stripe and what came back. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly account: string | null
  readonly status: number
  readonly headers: Headers
  readonly body: any
  readonly tookMs: number
}

/** A webhook that arrived. */
export interface Arrived {
  readonly type: string
  readonly endpoint: 'connect' | 'platform'
  readonly object: any
}

export interface OpenWorld extends Pick<Gatehouse, 'sim'> {
  /** The service's calls to Stripe. */
  readonly wire: Exchange[]
  readonly arrived: Arrived[]
  /** Calls the API; a 503 is retried with the same key. */
  readonly call: (method: string, path: string, body?: object) => Promise<Answer>
  /** A call to Stripe by another process of the platform, or by the account's holder. */
  readonly stripe: (call: string, params?: Record<string, string>, options?: Other) => Promise<Exchange>
  /** Delivers all webhooks and finishes all deferred work. */
  readonly settle: () => Promise<void>
  /** Advances Stripe's clock. */
  readonly later: (seconds: number) => Promise<void>
  /** Runs cron until no effect is owed and no event has failed. */
  readonly reconciled: () => Promise<void>
  /** Runs the work within one second of simulated time. */
  readonly withinOneSecond: <T>(work: () => Promise<T>) => Promise<T>
  /** Asserts that the stored state equals Stripe's, to the cent. */
  readonly expectTruth: () => Promise<void>
}

export interface Other {
  readonly account?: string
  readonly key?: string
}

const START = Date.UTC(2026, 10, 2, 12)
const SECOND_MS = 1000
const CALL_MS = 10
/** Longer than the first few backoffs of an effect. */
const TURN_MS = 120_000
const TURNS = 8

/** How the receiver fails: it refuses this many deliveries of a type, or answers one slowly. */
export interface Trouble {
  readonly type: string
  readonly fails?: number
  readonly takesMs?: number
}

export async function openWorld(
  database: TestDatabase,
  { switches, troubles }: { switches: Partial<Switches>; troubles: readonly Trouble[] },
): Promise<OpenWorld> {
  await database.clear()
  const wire: Exchange[] = []
  const arrived: Arrived[] = []
  // Simulated time, so that a busy machine changes nothing.
  let time = START
  let isCounted = false
  const now = () => time
  const gatehouse = await startGatehouse(database, {
    now,
    fetch: (next) => async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith(STRIPE_URL)) return next(request)
      const { response, exchange } = await recorded(request, next)
      wire.push(exchange)
      return response
    },
    simulator: { now, switches, seed: 1 },
  })
  const { sim, simulator } = gatehouse
  const underWay = new Set<Promise<unknown>>()
  gatehouse.deliverTo({ fetch: receive(gatehouse, { arrived, troubles, underWay }) })

  const settle = async () => {
    await gatehouse.settle()
    // The handler of a webhook goes on after Stripe's timeout.
    await Promise.all(underWay)
    await gatehouse.settle()
  }
  const fetchAsOther = (url: string, init: RequestInit) =>
    recorded(new Request(url, init), async (request) => simulator.fetch(request as Request))
  return {
    wire,
    arrived,
    sim,
    settle,
    async call(method, path, body) {
      time += CALL_MS
      const idempotencyKey = method === 'POST' ? crypto.randomUUID() : null
      for (let tries = 1; ; tries += 1) {
        // oxlint-disable-next-line no-await-in-loop
        const answer = await gatehouse.call(method, path, { ...(body && { body }), idempotencyKey })
        if (answer.status !== 503 || tries > 20) return answer
        time += SECOND_MS
      }
    },
    async stripe(call, params, { account, key } = {}) {
      const [method = '', path = ''] = call.split(' ')
      const headers = {
        authorization: 'Bearer sk_test_gatehouse_tests',
        ...(account !== undefined && { 'stripe-account': account }),
        ...(key !== undefined && { 'idempotency-key': key }),
      }
      const body = params === undefined ? {} : { body: new URLSearchParams(params) }
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop
        const { exchange } = await fetchAsOther(STRIPE_URL + path, { method, headers, ...body })
        if (exchange.status !== 429 || isCounted) return exchange
        time += SECOND_MS
      }
    },
    async later(seconds) {
      await simulator.advance(seconds)
      await settle()
    },
    async reconciled() {
      for (let turn = 0; turn < TURNS; turn += 1) {
        // oxlint-disable no-await-in-loop
        await gatehouse.cron()
        await settle()
        const [owed] = await database.rows(
          "SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL) + (SELECT count(*) FROM inbox WHERE outcome = 'failed') AS owed",
        )
        if (owed?.['owed'] === 0 && turn > 0) return
        time += TURN_MS
        // oxlint-enable no-await-in-loop
      }
    },
    async withinOneSecond(work) {
      time += SECOND_MS
      isCounted = true
      try {
        return await work()
      } finally {
        isCounted = false
        time += SECOND_MS
      }
    },
    expectTruth: () =>
      expectTruth(database, {
        gatehouse,
        scheduler: { run: (work) => work() },
        process: () => gatehouse.process(),
        stripe: async (method, path, params, account) => {
          const headers = {
            authorization: 'Bearer sk_test_gatehouse_tests',
            ...(account && { 'stripe-account': account }),
          }
          const body = params === undefined ? {} : { body: new URLSearchParams(params) }
          return (await simulator.fetch(new Request(STRIPE_URL + path, { method, headers, ...body }))).json()
        },
      }),
  }
}

/** Sends the request, and records the exchange. */
async function recorded(
  request: Request,
  next: typeof fetch,
): Promise<{ response: Response; exchange: Exchange }> {
  const started = performance.now()
  const response = await next(request.clone())
  const tookMs = performance.now() - started
  const text = await response.text()
  const { status, headers } = response
  return {
    response: new Response(text, { status, headers }),
    exchange: {
      method: request.method,
      path: new URL(request.url).pathname,
      account: request.headers.get('stripe-account'),
      status,
      headers,
      body: JSON.parse(text),
      tookMs,
    },
  }
}

function receive(
  gatehouse: Gatehouse,
  {
    arrived,
    troubles,
    underWay,
  }: { arrived: Arrived[]; troubles: readonly Trouble[]; underWay: Set<Promise<unknown>> },
): Process['fetch'] {
  const left = new Map(troubles.map((trouble) => [trouble.type, { fails: 0, takesMs: 0, ...trouble }]))
  return async (request) => {
    const event = JSON.parse(await request.clone().text()) as { type: string; data: { object: unknown } }
    const trouble = left.get(event.type)
    if (trouble && trouble.fails > 0) {
      trouble.fails -= 1
      return new Response('', { status: 500 })
    }
    const endpoint = request.url.endsWith('/connect') ? 'connect' : 'platform'
    arrived.push({ type: event.type, endpoint, object: event.data.object })
    const taking = gatehouse.fetch(new Request(request, { signal: null })).then(async (response) => {
      const { takesMs = 0 } = trouble ?? {}
      if (trouble) trouble.takesMs = 0
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs))
      return response
    })
    underWay.add(taking)
    void taking.finally(() => underWay.delete(taking))
    return taking
  }
}
