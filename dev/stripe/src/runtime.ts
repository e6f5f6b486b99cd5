import type { World } from './core/world.ts'
import type { SendOptions } from './webhooks/send-due.ts'

/** The running simulator, as API routes, controls and pages use it. */
export interface Runtime {
  /** The current world. A reset replaces it. */
  readonly world: () => World
  readonly reset: (seed?: number) => void
  /** Runs all due tasks and sends all due webhooks. */
  readonly settle: () => Promise<void>
  /** Moves Stripe's clock. Tasks and webhooks run at their own times on the way. */
  readonly advance: (seconds: number) => Promise<void>
  readonly runTasks: (world: World) => void
  readonly sendOptions: SendOptions
  /** To be called after each change: it saves the world and wakes the background work. */
  readonly worldChanged: () => void
}
