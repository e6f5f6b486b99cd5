/**
 * The deployed service with a real database and the Stripe simulator, all talking over loopback. The variable `RUNTIME` selects
 * the runtime: `workers` (the default: the built Worker in workerd), `node` or `deno`.
 */
import { serveSimulator, type ServedSimulator, type ServeOptions } from 'stripe-connect-simulator'
import type { TestDatabase } from './database.ts'
import { freePorts } from './free-port.ts'
import { ENVIRONMENT, SECRETS } from './gatehouse.ts'
import { aKey } from './keys.ts'
import { parseRuntime } from '../../dev/runtimes.ts'
import { startRuntime } from './runtimes.ts'

export interface RunningWorker {
  url: string
  simulator: ServedSimulator
  key: string
  /** The service's log: one JSON object a line. */
  log: string[]
  /** Calls the API with JSON, as the test's key, with a fresh Idempotency-Key unless one is given. */
  call: (
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ) => Promise<Answer>
  sim: (method: string, path: string, body?: unknown) => Promise<Record<string, any>>
  /** Triggers cron and waits for its run. */
  cron: () => Promise<void>
  /** Polls until the value satisfies `claim`, at most 15 s; returns the last value. */
  eventually: <T>(read: () => Promise<T>, claim: (value: T) => boolean) => Promise<T>
  stop: () => Promise<void>
}

export interface Answer {
  status: number
  body: Record<string, any>
  headers: Headers
}

export async function startWorker(
  database: TestDatabase,
  options: { simulator?: ServeOptions; environment?: Record<string, string> } = {},
): Promise<RunningWorker> {
  const [port = 0, stripePort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const simulator = await serveSimulator({
    port: stripePort,
    ...options.simulator,
    webhooks: (['connect', 'platform'] as const).map((endpoint) => ({
      url: `${url}/webhooks/stripe/${endpoint}`,
      connect: endpoint === 'connect',
      secret: SECRETS[endpoint],
    })),
  })
  const log: string[] = []
  const running = await startRuntime(parseRuntime(process.env['RUNTIME'] ?? 'workers', 'RUNTIME'), {
    port,
    environment: {
      ...ENVIRONMENT,
      STRIPE_API_BASE: simulator.url,
      LIBSQL_URL: database.url,
      PUBLIC_URL: url,
      ...options.environment,
    },
    log: (line) => void log.push(line),
  })
  const key = await aKey(database)

  return {
    url,
    simulator,
    key,
    log,
    async call(method, path, { body, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${key}`,
          ...(method === 'POST' && { 'idempotency-key': crypto.randomUUID() }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: asJson(await response.text()), headers: response.headers }
    },
    async sim(method, path, body) {
      const response = await fetch(`${simulator.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ENVIRONMENT.STRIPE_SECRET_KEY}`,
          'content-type': 'application/json',
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return asJson(await response.text())
    },
    cron: () => running.cron(),
    async eventually(read, claim) {
      const until = Date.now() + 15_000
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop
        const value = await read()
        if (claim(value) || Date.now() > until) return value
        // oxlint-disable-next-line no-await-in-loop
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    async stop() {
      await running.stop()
      await simulator.close()
    },
  }
}

function asJson(text: string): Record<string, any> {
  try {
    return JSON.parse(text) as Record<string, any>
  } catch {
    return { text }
  }
}
