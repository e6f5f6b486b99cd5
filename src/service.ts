/**
 * Gatehouse as one process: migrates, serves, sweeps every minute and ends cleanly. Node and Deno differ only in their
 * `Host`. What is left undone when the process ends, cleanly or not, is in the outbox or comes again from Stripe.
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
  listen(options: Listening): Promise<Listener>
  onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2', act: () => void): void
  exit(code: number): void
}

export interface Listening {
  hostname: string
  port: number
  fetch: (request: Request) => Promise<Response>
}

export interface Listener {
  /** Accepts no more connections, and resolves when every request under way is answered. */
  stop(): Promise<void>
}

const CRON_MS = 60_000
/** How long requests and deferred work may take to finish. Docker kills a container 10 s after it asked it to stop. */
const DRAIN_MS = 8_000

/** Variables of this process alone. Loopback unless told otherwise: TLS ends in front of it. */
const Address = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(1).max(65_535).default(8787),
})
export const ADDRESS_VARIABLES = Object.keys(Address.shape)

/** Runs until a signal ends it: SIGTERM or SIGINT; a second one ends it at once. SIGUSR2 sweeps now. */
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

  let sweeping: Promise<void> | null = null
  let mustSweepAgain = false
  const sweep = () => {
    mustSweepAgain = sweeping !== null
    sweeping ??= runCron(depsOf())
      .catch((error: unknown) =>
        consoleLog({ level: 'error', message: 'cron failed', error: describeError(error) }),
      )
      .finally(() => {
        sweeping = null
        if (mustSweepAgain && !isEnding) sweep()
      })
  }

  let isEnding = false
  const end = async () => {
    if (isEnding) return host.exit(1)
    isEnding = true
    clearInterval(timer)
    consoleLog({ level: 'info', message: 'stopping' })
    const finish = async () => {
      await listener.stop()
      await sweeping
      // Deferred work may defer more.
      // oxlint-disable-next-line no-await-in-loop
      while (deferred.size > 0) await Promise.all(deferred)
    }
    const isDrained = await Promise.race([finish().then(() => true), sleep(DRAIN_MS).then(() => false)])
    close()
    consoleLog({ level: 'info', message: 'stopped', drained: isDrained })
    host.exit(0)
  }

  const app = createApp(depsOf)
  const listener = await host.listen({ hostname, port, fetch: async (request) => app.fetch(request) })
  const timer = setInterval(sweep, CRON_MS)
  host.onSignal('SIGUSR2', sweep)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.onSignal(signal, () => void end())
  consoleLog({ level: 'info', message: 'listening', url: `http://${hostname}:${port}` })
  sweep()
}

function parseAddress(environment: Host['environment']): z.infer<typeof Address> {
  const { success, data } = Address.safeParse(environment)
  if (success) return data
  throw new InvalidConfig('Configuration: PORT must be a port, and HOST an address to listen on.')
}

/** An embedded database is opened once and shared; over HTTP each request opens its own client. */
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
      const kept = work
        .catch((error: unknown) =>
          consoleLog({ level: 'error', message: 'deferred work failed', error: describeError(error) }),
        )
        .finally(() => deferred.delete(kept))
      deferred.add(kept)
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
