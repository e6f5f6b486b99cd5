import { type Context, Hono, type Next } from 'hono'
import { registerControls } from './control/routes.ts'
import { createRoute } from './core/api.ts'
import { createWorld, type WebhookOption } from './core/create-world.ts'
import { createDataFile, readDataFile } from './core/data-file.ts'
import { StripeRefusal } from './core/errors.ts'
import { ConnectionReset } from './core/misfortune.ts'
import type { SavedWorld } from './core/saved-world.ts'
import type { Switches } from './core/switches.ts'
import type { World } from './core/world.ts'
import { advance } from './advance.ts'
import { registerPages } from './pages/routes.ts'
import { registerRoutes } from './routes.ts'
import { runTasks } from './tasks.ts'
import { pump, type PumpOptions, stopPump } from './webhooks/pump.ts'
import { registerResend } from './webhooks/resend.ts'
import { send } from './webhooks/send.ts'
import { type Deliver, viaRequests } from './webhooks/transport.ts'
import { createTicker } from './ticker.ts'

export interface SimulatorOptions {
  /** The same seed and the same calls give the same ids, events and order of delivery. */
  readonly seed?: number
  /** The base clock in milliseconds; `/_sim/clock` advances Stripe's own on top of it. */
  readonly now?: () => number
  /** Where a browser reaches the hosted pages. */
  readonly publicUrl?: string | (() => string)
  readonly webhooks?: readonly WebhookOption[]
  /** How webhooks leave: over the network unless given. */
  readonly deliver?: Deliver
  /** Factor on webhook retry delays: 0.001 makes an hour 3.6 seconds. */
  readonly timeScale?: number
  /** Deliveries under way at once. One keeps the order of arrival the order of sending. */
  readonly concurrency?: number
  /** Work in the background on a timer. Without it, time passes on requests, `settle()` and `/_sim/clock` only. */
  readonly live?: boolean
  /** Where the world is kept from one run to the next; nowhere unless given. */
  readonly dataFile?: string
  readonly switches?: Partial<Switches>
  readonly platform?: { readonly name?: string; readonly country?: string; readonly currency?: string }
}

export interface Simulator {
  readonly fetch: (request: Request) => Promise<Response>
  /** All that is due now is done: what Stripe does by itself, and every delivery. */
  readonly settle: () => Promise<void>
  /** Moves Stripe's clock, doing on the way whatever falls due, each thing at its own time. */
  readonly advance: (seconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** What the controls and the pages may do to the simulator besides changing its world. */
export interface Host {
  readonly world: () => World
  readonly reset: (seed?: number) => void
  readonly settle: () => Promise<void>
  readonly advance: (seconds: number) => Promise<void>
  readonly pumping: PumpOptions
  readonly runTasks: (world: World) => void
  readonly stirred: () => void
}

const DEFAULT_SEED = 20_261_028

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const fresh = (seed: number, saved?: SavedWorld) =>
    createWorld(
      {
        seed,
        now: options.now ?? Date.now,
        publicUrl: toUrl(options.publicUrl),
        timeScale: options.timeScale ?? 1,
        platform: { name: 'Platform', country: 'US', currency: 'usd', ...options.platform },
        webhooks: options.webhooks ?? [],
        switches: options.switches ?? {},
      },
      saved,
    )
  let world = fresh(options.seed ?? DEFAULT_SEED, readDataFile(options.dataFile))
  const dataFile = createDataFile(options.dataFile, () => world)
  const pumping = {
    transport: options.deliver === undefined ? send : viaRequests(options.deliver),
    concurrency: options.concurrency ?? 1,
  }
  const settle = async () => {
    runTasks(world)
    await pump(world, pumping)
    dataFile.changed()
  }
  const ticker = createTicker(options.live === true, () => world, settle)
  const host: Host = {
    world: () => world,
    reset(seed) {
      world = fresh(seed ?? options.seed ?? DEFAULT_SEED)
    },
    settle,
    advance: (seconds) => advance(world, seconds, pumping),
    pumping,
    runTasks,
    stirred() {
      ticker.stir()
      dataFile.changed()
    },
  }
  const app = createApp(host)
  // What was due when the last run ended.
  ticker.stir()
  return {
    fetch: async (request) => app.fetch(request),
    settle,
    advance: host.advance,
    async close() {
      ticker.stop()
      await stopPump(world)
      await dataFile.flush()
    },
  }
}

function toUrl(given: SimulatorOptions['publicUrl']): () => string {
  if (typeof given === 'function') return given
  return () => given ?? 'http://127.0.0.1:12111'
}

/** Another site's page, open in the same browser, must not be able to press the buttons. */
function refuseOtherSites(c: Context, next: Next): Promise<Response | void> {
  const crossSite = c.req.header('sec-fetch-site') === 'cross-site'
  return crossSite && c.req.method !== 'GET' ? Promise.resolve(c.text('Refused.', 403)) : next()
}

function createApp(host: Host): Hono {
  const app = new Hono()
  registerRoutes(createRoute(app, host))
  registerResend(app, host)
  app.use(refuseOtherSites)
  registerControls(app, host)
  registerPages(app, host)
  app.notFound((c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`
    return c.json({ error: { type: 'invalid_request_error', message } }, 404)
  })
  app.onError((error, c) => {
    if (error instanceof ConnectionReset || c.req.raw.signal.aborted) throw error
    if (error instanceof StripeRefusal)
      return c.json({ error: error.error }, error.status === 404 ? 404 : 400)
    console.error(error)
    return c.json(
      { error: { type: 'api_error', message: `The simulator itself failed: ${error.message}` } },
      500,
    )
  })
  return app
}
