import { advanceClock } from './advance-clock.ts'
import { createApp } from './app.ts'
import { createBackgroundWork } from './background.ts'
import { createWorld } from './core/create-world.ts'
import { type SavedWorld, createDataFile, readDataFile } from './core/data-file.ts'
import type { Switches } from './core/switches.ts'
import type { World } from './core/world.ts'
import type { Runtime } from './runtime.ts'
import { runTasks } from './tasks.ts'
import { type WebhookOption, putEndpoint } from './webhooks/endpoints.ts'
import { sendDue, stopSending } from './webhooks/send-due.ts'
import { type Deliver, sendOverNetwork, sendTo } from './webhooks/transport.ts'

export interface SimulatorOptions {
  /** The same seed and the same calls give the same ids, events and order of delivery. */
  readonly seed?: number
  /** The base clock in milliseconds. `/_sim/clock` moves Stripe's clock ahead of it. */
  readonly now?: () => number
  /** The base of the hosted pages' addresses. */
  readonly publicUrl?: string | (() => string)
  readonly webhooks?: readonly WebhookOption[]
  /** Receives the webhooks. Without it, they go over the network. */
  readonly deliver?: Deliver
  /** Factor on webhook retry delays: 0.001 makes an hour 3.6 seconds. */
  readonly timeScale?: number
  /** How many deliveries run at once. With 1, webhooks arrive in the order of sending. */
  readonly concurrency?: number
  /** Work in the background on a timer. Without it, time passes only on requests, `settle()` and `advance()`. */
  readonly live?: boolean
  /** A file that keeps the state from one run to the next. */
  readonly dataFile?: string
  readonly switches?: Partial<Switches>
  readonly platform?: { readonly name?: string; readonly country?: string; readonly currency?: string }
}

export interface Simulator {
  readonly fetch: (request: Request) => Promise<Response>
  /** Runs all due tasks and sends all due webhooks. */
  readonly settle: () => Promise<void>
  /** Moves Stripe's clock. Tasks and webhooks run at their own times on the way. */
  readonly advance: (seconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

const DEFAULT_SEED = 20_261_028

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  let world = newWorld(options, options.seed ?? DEFAULT_SEED, readDataFile(options.dataFile))
  const dataFile = createDataFile(options.dataFile, () => world)
  const sendOptions = {
    transport: options.deliver === undefined ? sendOverNetwork : sendTo(options.deliver),
    concurrency: options.concurrency ?? 1,
  }
  const settle = async () => {
    runTasks(world)
    await sendDue(world, sendOptions)
    dataFile.changed()
  }
  const background = createBackgroundWork(options.live === true, () => world, settle)
  const runtime: Runtime = {
    world: () => world,
    reset(seed) {
      world = newWorld(options, seed ?? options.seed ?? DEFAULT_SEED)
    },
    settle,
    advance: (seconds) => advanceClock(world, seconds, sendOptions),
    runTasks,
    sendOptions,
    worldChanged() {
      background.wake()
      dataFile.changed()
    },
  }
  const app = createApp(runtime)
  // A restored world may have work that is due.
  background.wake()
  return {
    fetch: async (request) => app.fetch(request),
    settle,
    advance: runtime.advance,
    async close() {
      background.stop()
      await stopSending(world)
      await dataFile.flush()
    },
  }
}

function newWorld(options: SimulatorOptions, seed: number, saved?: SavedWorld): World {
  const { publicUrl } = options
  const world = createWorld(
    {
      seed,
      now: options.now ?? Date.now,
      publicUrl: typeof publicUrl === 'function' ? publicUrl : () => publicUrl ?? 'http://127.0.0.1:12111',
      timeScale: options.timeScale ?? 1,
      platform: { name: 'Platform', country: 'US', currency: 'usd', ...options.platform },
      switches: options.switches ?? {},
    },
    saved,
  )
  for (const webhook of options.webhooks ?? []) putEndpoint(world, webhook)
  return world
}
