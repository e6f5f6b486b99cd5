/** `npm run dev`: libSQL's server, the migrations, the Stripe simulator and the Worker, until Ctrl-C. */
import { join } from 'node:path'
import { createClient } from '@libsql/client/web'
import { applyMigrations, readMigrations } from '../migrations/apply.ts'
import { neededEvents } from '../src/webhooks/endpoints.ts'
import { card } from './card.ts'
import { serveClient } from './client/serve.ts'
import { readIdentity } from './identity.ts'
import { keepSqld } from './keep-sqld.ts'
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
  // What was started last ends first: nothing is left that calls what is gone.
  for (const each of stops.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop
    await each().catch((error: unknown) => console.error(error))
  }
  process.exit(code)
}

/** A part that ends by itself takes the rest with it. */
async function watch(name: string, exited: Promise<unknown>): Promise<void> {
  await exited
  if (stopping) return
  console.error(`${name} has ended by itself; stopping the rest.`)
  await stop(1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
// npm passes signals on, but not its own death by SIGKILL.
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

  const sqld = await keepSqld({ dir: join(settings.dataDir, 'libsql'), port: settings.libsqlPort })
  stops.push(() => sqld.stop())
  const database = createClient({ url: sqld.url })
  await applyMigrations(database, await readMigrations())
  await seedKeys(database, identity)
  database.close()

  const simulator = await serveSimulator({
    port: settings.simPort,
    dataFile: join(settings.dataDir, 'stripe.json'),
    webhooks: (['connect', 'platform'] as const).map((endpoint) => ({
      url: `${settings.url}/webhooks/stripe/${endpoint}`,
      connect: endpoint === 'connect',
      enabled_events: neededEvents(endpoint),
      secret: identity.webhook_secrets[endpoint],
    })),
  })
  stops.push(() => simulator.close())

  const worker = await startWorker(settings, identity)
  stops.push(() => worker.stop())
  await worker.ready

  const client = await serveClient({
    port,
    url: settings.url,
    key: identity.keys.client,
    simulator: simulator.url,
  })
  stops.push(() => client.close())

  void watch('sqld', sqld.exited)
  void watch('the Worker', worker.exited)
  console.log(card(identity))
  console.log(`GATEHOUSE_READY ${settings.url}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await stop(1)
}
