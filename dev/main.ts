/** `npm run dev`: runs libSQL's server, the Stripe simulator, the Worker and the example client until Ctrl-C. */
import { join } from 'node:path'
import { createClient } from '@libsql/client/web'
import { applyMigrations, readMigrations } from '../migrations/apply.ts'
import { neededEvents } from '../src/webhooks/endpoints.ts'
import { banner } from './banner.ts'
import { serveClient } from './client/serve.ts'
import { readIdentity } from './identity.ts'
import { superviseSqld } from './supervise-sqld.ts'
import { seedKeys } from './keys.ts'
import { clientPort, requireFree } from './ports.ts'
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
  const settings = readSettings(process.env)
  const { port: PORT, simPort: STRIPE_SIM_PORT, libsqlPort: LIBSQL_PORT } = settings
  await requireFree({ PORT, STRIPE_SIM_PORT, LIBSQL_PORT })
  const port = await clientPort(settings.clientPort, [PORT, STRIPE_SIM_PORT, LIBSQL_PORT])
  const identity = await readIdentity(settings, `http://127.0.0.1:${port}`)

  const sqld = await start(
    superviseSqld({ dir: join(settings.dataDir, 'libsql'), port: settings.libsqlPort }),
    (part) => part.stop(),
  )
  const database = createClient({ url: sqld.url })
  await applyMigrations(database, await readMigrations())
  await seedKeys(database, identity)
  database.close()

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

  const worker = await start(startWorker(settings, identity), (part) => part.stop())
  await worker.ready

  await start(
    serveClient({
      port,
      url: settings.url,
      key: identity.keys.client,
      simulator: simulator.url,
    }),
    (part) => part.close(),
  )

  void stopAfterExit('sqld', sqld.exited)
  void stopAfterExit('the Worker', worker.exited)
  console.log(banner(identity))
  console.log(`GATEHOUSE_READY ${settings.url}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await stop(1)
}
