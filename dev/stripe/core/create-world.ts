import { newEndpoint } from '../webhooks/endpoints.ts'
import { ORDERLY } from '../webhooks/delivery.ts'
import { createClock } from './clock.ts'
import { createRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import { DEFAULT_SWITCHES, type Switches } from './switches.ts'
import { createTable } from './table.ts'
import { NO_CAUSE, type World } from './world.ts'

export interface WorldOptions {
  readonly seed: number
  readonly now: () => number
  readonly publicUrl: () => string
  readonly timeScale: number
  readonly platform: { readonly name: string; readonly country: string; readonly currency: string }
  readonly webhooks: readonly WebhookOption[]
  readonly switches: Partial<Switches>
}

/** An endpoint that is there from the start, pinned at the simulated API version. */
export interface WebhookOption {
  readonly url: string
  readonly connect: boolean
  readonly secret: string
  readonly enabled_events?: readonly string[]
}

export function createWorld(options: WorldOptions): World {
  const ids = createRandom(options.seed)
  const world: World = {
    seed: options.seed,
    publicUrl: options.publicUrl,
    timeScale: options.timeScale,
    clock: createClock(options.now),
    ids,
    luck: createRandom(options.seed + 1),
    agenda: createSchedule(),
    platform: { ...options.platform, account: `acct_${ids.text(16)}`, application: `ca_${ids.text(32)}` },
    tables: {
      accounts: createTable(),
      links: createTable(),
      endpoints: createTable(),
      events: createTable(),
      deliveries: createTable(),
      paymentMethods: createTable(),
      paymentIntents: createTable(),
      charges: createTable(),
      refunds: createTable(),
      disputes: createTable(),
      warnings: createTable(),
      applicationFees: createTable(),
      balanceTransactions: createTable(),
      payouts: createTable(),
      checkouts: createTable(),
    },
    balances: new Map(),
    waitingRefunds: new Map(),
    keys: new Map(),
    faults: [],
    calls: new Map(),
    requests: [],
    due: createSchedule(),
    delivery: { ...ORDERLY },
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    cause: NO_CAUSE,
  }
  for (const webhook of options.webhooks) {
    newEndpoint(world, { ...webhook, enabled_events: webhook.enabled_events ?? ['*'] })
  }
  return world
}
