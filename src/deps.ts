/** Everything a request may use, built in one place. Clients are made per request: workerd lets no two share one. */
import type { AdvanceDeps } from './engine/advance.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { runSoon } from './engine/outbox.ts'
import { openDatabase } from './store/database.ts'
import { openGateway, type Gateway } from './stripe/gateway.ts'

export interface Deps extends AdvanceDeps {
  config: Config
  stripe: Gateway
  log: Log
  limiter: Limiter | null
}

/** Counts calls under a key and says whether one more is within the limit. Permissive: it guards load, never money. */
export interface Limiter {
  limit(call: { key: string }): Promise<{ success: boolean }>
}

/** What differs between Workers, Deno, Node and a test. */
export interface World {
  /** All that leaves the process goes through here. */
  fetch: typeof fetch
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
  /** Keeps the process alive for work that outlives the response. */
  defer: (work: Promise<unknown>) => void
  log: Log
  limiter?: Limiter | undefined
  /** How long one call of the database may take; tests are in more of a hurry. */
  databaseDeadlineMs?: number
}

export function makeDeps(config: Config, world: World): Deps {
  const { now, random, sleep, log } = world
  const { url, authToken } = config.libsql
  const deps: Deps = {
    config,
    now,
    random,
    sleep,
    log,
    limiter: world.limiter ?? null,
    db: openDatabase({
      url,
      authToken,
      fetch: world.fetch,
      now,
      sleep,
      random,
      deadlineMs: world.databaseDeadlineMs,
    }),
    stripe: openGateway({
      secretKey: config.stripe.secretKey,
      apiBase: config.stripe.apiBase,
      fetch: world.fetch,
      now,
    }),
    runSoon: (owed) => world.defer(runSoon(deps, owed)),
  }
  return deps
}
