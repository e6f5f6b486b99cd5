/**
 * Gatehouse as one process. It migrates the database, serves requests, runs cron every minute, and drains its work before it
 * exits. Node and Deno differ only in their `Host`. A crash loses no work: unfinished effects are in the outbox, and Stripe
 * sends an unanswered webhook again.
 */
import { z } from 'zod'
import { migrate } from '../migrations/apply.ts'
import { createApp } from './app.ts'
import { InvalidConfig, parseConfig, type Config } from './config.ts'
import { runCron } from './cron.ts'
import type { Deps } from './deps.ts'
import { windowLimiter } from './limiter.ts'
import { consoleLog, describeError } from './log.ts'
import { makeDeps, type Runtime } from './runtime.ts'
import { openEmbedded } from './store/embedded.ts'

export interface Host {
  environment: Record<string, string | undefined>
  listen(options: ListenOptions): Promise<Listener>
  onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2', handler: () => void): void
  exit(code: number): void
}

export interface ListenOptions {
  hostname: string
  port: number
  fetch: (request: Request) => Promise<Response>
}

export interface Listener {
  /** Refuses new connections, and resolves when every request in flight is answered. */
  stop(): Promise<void>
}

const CRON_MS = 60_000
/** The time that requests and deferred work have to finish. Docker kills a container 10 s after its SIGTERM. */
const DRAIN_MS = 8_000

/** Workers need no address. The default is loopback: a reverse proxy in front of the process terminates TLS. */
const Address = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(1).max(65_535).default(8787),
})
export const ADDRESS_VARIABLES = Object.keys(Address.shape)

/** Runs until SIGTERM or SIGINT. A second of these signals exits without draining. SIGUSR2 runs cron now. */
export async function runService(host: Host): Promise<void> {
  try {
    await start(host)
  } catch (error) {
    console.error(error instanceof InvalidConfig ? error.message : error)
    host.exit(1)
  }
}

async function start(host: Host): Promise<void> {
  const config = parseConfig(host.environment)
  const { HOST: hostname, PORT: port } = parseAddress(host.environment)
  const applied = await migrate(config.libsql.url, config.libsql.authToken)
  if (applied.length > 0) consoleLog({ level: 'info', message: 'migrated', applied: applied.join(', ') })
  const deferred = new Set<Promise<unknown>>()
  const { depsOf, close } = openDeps(config, deferred)

  let cronRun: Promise<void> | null = null
  let mustRunAgain = false
  const startCron = () => {
    mustRunAgain = cronRun !== null
    cronRun ??= runCron(depsOf())
      .catch((error: unknown) =>
        consoleLog({ level: 'error', message: 'cron failed', error: describeError(error) }),
      )
      .finally(() => {
        cronRun = null
        if (mustRunAgain && !isStopping) startCron()
      })
  }

  let isStopping = false
  const shutDown = async () => {
    if (isStopping) return host.exit(1)
    isStopping = true
    clearInterval(timer)
    consoleLog({ level: 'info', message: 'stopping' })
    const drain = async () => {
      await listener.stop()
      await cronRun
      // Deferred work may defer more.
      // oxlint-disable-next-line no-await-in-loop
      while (deferred.size > 0) await Promise.all(deferred)
    }
    const isDrained = await Promise.race([drain().then(() => true), sleep(DRAIN_MS).then(() => false)])
    close()
    consoleLog({ level: 'info', message: 'stopped', drained: isDrained })
    host.exit(0)
  }

  const app = createApp(depsOf)
  const listener = await host.listen({ hostname, port, fetch: async (request) => app.fetch(request) })
  const timer = setInterval(startCron, CRON_MS)
  host.onSignal('SIGUSR2', startCron)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.onSignal(signal, () => void shutDown())
  consoleLog({ level: 'info', message: 'listening', url: `http://${hostname}:${port}` })
  startCron()
}

function parseAddress(environment: Host['environment']): z.infer<typeof Address> {
  const { success, data } = Address.safeParse(environment)
  if (success) return data
  throw new InvalidConfig('Configuration: PORT must be a number from 1 to 65535, and HOST must not be empty.')
}

/** All requests share one embedded database. Over HTTP, each request opens its own client. */
function openDeps(
  config: Config,
  deferred: Set<Promise<unknown>>,
): { depsOf: () => Deps; close: () => void } {
  const runtime: Runtime = {
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep,
    defer: (work) => {
      const settled = work
        .catch((error: unknown) =>
          consoleLog({ level: 'error', message: 'deferred work failed', error: describeError(error) }),
        )
        .finally(() => deferred.delete(settled))
      deferred.add(settled)
    },
    log: consoleLog,
    limiter: windowLimiter({ now: () => Date.now() }),
  }
  if (!config.libsql.url.startsWith('file:'))
    return { depsOf: () => makeDeps(config, runtime), close: () => {} }
  const database = openEmbedded(config.libsql.url)
  const deps = makeDeps(config, { ...runtime, database })
  return { depsOf: () => deps, close: () => database.close() }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
