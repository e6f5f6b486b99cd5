/** Builds `Deps` from the configuration and the functions that differ between Workers, Deno, Node and tests. */
import type { Config } from './config.ts'
import type { Deps, Limiter } from './deps.ts'
import { runSoon } from './engine/outbox.ts'
import { lifecycles } from './lifecycles.ts'
import type { Log } from './log.ts'
import { openDatabase, type Database } from './store/database.ts'
import { openGateway } from './stripe/gateway.ts'

export interface Runtime {
  /** Every call to Stripe and libSQL goes through this. */
  fetch: typeof fetch
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
  /** Keeps the process alive until `work` ends, after the response was sent. */
  defer: (work: Promise<unknown>) => void
  log: Log
  limiter?: Limiter | undefined
  /** The embedded database. Without one, each request opens its own client over HTTP. */
  database?: Database
  /** The caller's network address. */
  address?: string | null
  /** The deadline of one database call; tests shorten it. */
  databaseDeadlineMs?: number
}

export function makeDeps(config: Config, runtime: Runtime): Deps {
  const { now, random, sleep, log } = runtime
  const { url, authToken } = config.libsql
  const deps: Deps = {
    lifecycles,
    config,
    now,
    random,
    sleep,
    log,
    limiter: runtime.limiter ?? null,
    address: runtime.address ?? null,
    defer: runtime.defer,
    db:
      runtime.database ??
      openDatabase({
        url,
        authToken,
        fetch: runtime.fetch,
        now,
        sleep,
        random,
        deadlineMs: runtime.databaseDeadlineMs,
      }),
    stripe: openGateway({
      secretKey: config.stripe.secretKey,
      apiBase: config.stripe.apiBase,
      fetch: runtime.fetch,
      now,
    }),
    runSoon: (owed) => runtime.defer(runSoon(deps, owed)),
  }
  return deps
}
