/**
 * `npm run dev`: runs libSQL's server, the Stripe simulator, the Worker and the example client until Ctrl-C. With
 * `--runtime node` or `--runtime deno`, one process with an embedded database replaces the Worker and libSQL's server.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '../migrations/apply.ts'
import { openDatabase } from '../src/store/database.ts'
import { openEmbedded } from '../src/store/embedded.ts'
import { neededEvents } from '../src/webhooks/endpoints.ts'
import { banner } from './banner.ts'
import { serveClient } from './client/serve.ts'
import { readIdentity, type Identity } from './identity.ts'
import { superviseSqld } from './supervise-sqld.ts'
import { seedKeys } from './keys.ts'
import { clientPort, requireFree } from './ports.ts'
import { startServiceProcess } from './service-process.ts'
import { readSettings } from './settings.ts'
import { serveSimulator } from 'stripe-connect-simulator'
import { startWorker } from './worker.ts'

const stops: (() => Promise<unknown>)[] = []
let stopping = false

async function stop(code: number): Promise<never> {
  if (stopping) return new Promise(() => {})
  stopping = true
  // Stop in reverse order, so that no process calls one that has stopped.
  for (const each of stops.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop
    await each().catch((error: unknown) => console.error(error))
  }
  process.exit(code)
}

/** Waits for a part of the stack. A stop while the part starts stops it too, and starts nothing after it. */
async function start<T>(starting: Promise<T>, stopPart: (part: T) => Promise<unknown>): Promise<T> {
  stops.push(() => starting.then(stopPart, () => {}))
  const part = await starting
  return stopping ? new Promise(() => {}) : part
}

/** Applies the migrations and inserts the local stack's API keys. */
async function prepareDatabase(identity: Identity): Promise<void> {
  const { libsql: url } = identity
  await migrate(url, null)
  if (!url.startsWith('file:')) {
    const { now } = Date
    await seedKeys(openDatabase({ url, authToken: null, fetch, now, sleep, random: Math.random }), identity)
    return
  }
  const database = openEmbedded(url)
  await seedKeys(database, identity)
  database.close()
}

/** Stops everything when one process exits unexpectedly. */
async function stopAfterExit(name: string, exited: Promise<unknown>): Promise<void> {
  await exited
  if (stopping) return
  console.error(`${name} has exited unexpectedly; stopping the rest.`)
  await stop(1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
// npm forwards signals, but it cannot forward a SIGKILL: detect its death by the changed parent.
if (process.env['npm_lifecycle_event'] === 'dev') {
  const npm = process.ppid
  setInterval(() => void (process.ppid === npm || stop(0)), 500).unref()
}

try {
  const settings = readSettings(process.env, process.argv.slice(2))
  const { runtime, port: PORT, simPort: STRIPE_SIM_PORT, libsqlPort: LIBSQL_PORT } = settings
  const ports = { PORT, STRIPE_SIM_PORT, ...(runtime === 'workers' && { LIBSQL_PORT }) }
  await requireFree(ports)
  const port = await clientPort(settings.clientPort, Object.values(ports))
  const identity = await readIdentity(settings, `http://127.0.0.1:${port}`)

  if (runtime === 'workers') {
    const sqld = await start(
      superviseSqld({ dir: join(settings.dataDir, 'libsql'), port: settings.libsqlPort }),
      (part) => part.stop(),
    )
    void stopAfterExit('sqld', sqld.exited)
  }
  await prepareDatabase(identity)

  const simulator = await start(
    serveSimulator({
      port: settings.simPort,
      dataFile: join(settings.dataDir, 'stripe.json'),
      webhooks: (['connect', 'platform'] as const).map((endpoint) => ({
        url: `${settings.url}/webhooks/stripe/${endpoint}`,
        connect: endpoint === 'connect',
        enabled_events: neededEvents(endpoint),
        secret: identity.webhook_secrets[endpoint],
      })),
    }),
    (part) => part.close(),
  )

  const service = await start(
    runtime === 'workers'
      ? startWorker(settings, identity)
      : startServiceProcess(runtime, settings, identity),
    (part) => part.stop(),
  )
  await service.ready

  await start(
    serveClient({ port, url: settings.url, key: identity.keys.client, simulator: simulator.url }),
    (part) => part.close(),
  )

  void stopAfterExit('the service', service.exited)
  console.log(banner(identity))
  console.log(`GATEHOUSE_READY ${settings.url}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await stop(1)
}
