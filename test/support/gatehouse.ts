/** The whole service in one process: the app, real libSQL, the Stripe simulator. Counts its round trips. */
import { createSimulator, type Simulator, type SimulatorOptions } from 'stripe-connect-simulator'
import { createApp } from '../../src/app.ts'
import { parseConfig, type Config } from '../../src/config.ts'
import { runCron } from '../../src/cron.ts'
import type { Deps } from '../../src/deps.ts'
import { makeDeps, type Runtime } from '../../src/runtime.ts'
import type { LogEntry } from '../../src/log.ts'
import { patiently, type TestDatabase } from './database.ts'
import { answerBatch, EMBEDDED_URL, openThrough } from './embedded-database.ts'
import { aKey } from './keys.ts'

export const STRIPE_URL = 'http://stripe.test'
const APP_URL = 'http://gatehouse.test'

export const SECRETS = { connect: 'whsec_connect_of_the_tests', platform: 'whsec_platform_of_the_tests' }

export const ENVIRONMENT = {
  STRIPE_SECRET_KEY: 'sk_test_gatehouse_tests',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_gatehouse_tests',
  STRIPE_CONNECT_WEBHOOK_SECRETS: SECRETS.connect,
  STRIPE_PLATFORM_WEBHOOK_SECRETS: SECRETS.platform,
  STRIPE_API_BASE: STRIPE_URL,
  PUBLIC_URL: APP_URL,
  SIGNING_SECRET: 'a-signing-secret-for-tests-only-0123456789',
  RETURN_ORIGINS: 'https://app.example.com',
}

export interface Answer<T = Record<string, any>> {
  status: number
  body: T
  headers: Headers
}

export interface Trips {
  libsql: number
  stripe: number
}

export interface Gatehouse {
  simulator: Simulator
  database: TestDatabase
  config: Config
  key: string
  log: LogEntry[]
  /** Calls the API with JSON; `key` null sends none. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>
  /** The simulator's controls. */
  sim: (method: string, path: string, body?: unknown) => Promise<any>
  fetch: (request: Request) => Promise<Response>
  deps: () => Deps
  cron: () => Promise<void>
  /** Starts another process of the service, with the same database and simulator. */
  process: (over?: ProcessOptions) => Process
  /** Sends all later webhooks to that process. */
  deliverTo: (process: Pick<Process, 'fetch'>) => void
  /** Waits until all deferred work is done and every webhook is delivered. */
  settle: () => Promise<void>
  /** Counts the round trips of the work, without its deferred work. */
  counting: <T>(work: () => Promise<T>) => Promise<{ result: T; trips: Trips }>
}

export interface ProcessOptions extends Partial<Omit<Runtime, 'fetch' | 'defer'>> {
  /** Wraps every request that leaves the process. */
  fetch?: (next: typeof fetch) => typeof fetch
}

/** One process of the service, with its own deferred work. */
export interface Process {
  fetch: (request: Request) => Promise<Response>
  deps: () => Deps
  cron: () => Promise<void>
  deferred: ReadonlySet<Promise<unknown>>
}

export interface CallOptions {
  body?: unknown
  key?: string | null
  idempotencyKey?: string | null
  headers?: Record<string, string>
  /** The process that handles the call; by default the first. */
  through?: Process['fetch']
}

export async function startGatehouse(
  database: TestDatabase,
  options: {
    simulator?: SimulatorOptions
    environment?: Record<string, string>
  } & ProcessOptions = {},
): Promise<Gatehouse> {
  const simulator: Simulator = createSimulator({
    publicUrl: STRIPE_URL,
    ...options.simulator,
    deliver: (request) => receiver.fetch(request),
    webhooks: [
      { url: `${APP_URL}/webhooks/stripe/connect`, connect: true, secret: SECRETS.connect },
      { url: `${APP_URL}/webhooks/stripe/platform`, connect: false, secret: SECRETS.platform },
    ],
  })
  const config = parseConfig({ ...ENVIRONMENT, LIBSQL_URL: database.url, ...options.environment })
  const log: LogEntry[] = []
  const trips: Trips = { libsql: 0, stripe: 0 }

  const outside: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    if (!request.url.startsWith(STRIPE_URL)) {
      trips.libsql += 1
      if (database.embedded && request.url === EMBEDDED_URL) return answerBatch(database.embedded, request)
      // Only the database itself is retried, not a proxy that injects faults.
      return request.url.startsWith(database.url) ? patiently(request) : fetch(request)
    }
    trips.stripe += 1
    return simulator.fetch(request)
  }
  const { simulator: _, environment: __, ...given } = options
  const aProcess = ({ fetch: before, ...over }: ProcessOptions = {}): Process => {
    const deferred = new Set<Promise<unknown>>()
    const fetchOutside = (before ?? given.fetch ?? ((next) => next))(outside)
    const world: Runtime = {
      ...(database.embedded && { database: openThrough(fetchOutside) }),
      now: Date.now,
      random: Math.random,
      // Real waits, but shorter.
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 20)),
      log: (entry) => void log.push(entry),
      ...given,
      ...over,
      fetch: fetchOutside,
      defer: (work) => {
        deferred.add(work)
        void work.finally(() => deferred.delete(work))
      },
    }
    const app = createApp(() => makeDeps(config, world))
    return {
      fetch: async (request) => app.fetch(request),
      deps: () => makeDeps(config, world),
      cron: () => runCron(makeDeps(config, world)),
      deferred,
    }
  }
  const first = aProcess()
  const { deferred, fetch: fetchApp } = first
  let receiver: Pick<Process, 'fetch'> = first
  const key = await aKey(database)

  const settle = async () => {
    for (let round = 0; round < 20; round += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await simulator.settle()
      if (deferred.size === 0) return
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(deferred)
    }
  }

  return {
    simulator,
    database,
    config,
    key,
    log,
    fetch: fetchApp,
    deps: first.deps,
    cron: first.cron,
    process: aProcess,
    deliverTo: (process) => void (receiver = process),
    settle,
    async call(method, path, options = {}) {
      const { body, key: asKey = key, idempotencyKey, headers = {}, through = fetchApp } = options
      const automatic =
        method === 'POST' && idempotencyKey === undefined ? crypto.randomUUID() : idempotencyKey
      const response = await through(
        new Request(`${APP_URL}${path}`, {
          method,
          headers: {
            ...(asKey && { authorization: `Bearer ${asKey}` }),
            ...(automatic && { 'idempotency-key': automatic }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          redirect: 'manual',
        }),
      )
      const text = await response.text()
      return { status: response.status, body: asJson(text), headers: response.headers }
    },
    async sim(method, path, body) {
      const response = await simulator.fetch(
        new Request(`${STRIPE_URL}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${ENVIRONMENT.STRIPE_SECRET_KEY}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      )
      return asJson(await response.text())
    },
    async counting(work) {
      const before = { ...trips }
      const result = await work()
      return {
        result,
        trips: { libsql: trips.libsql - before.libsql, stripe: trips.stripe - before.stripe },
      }
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
