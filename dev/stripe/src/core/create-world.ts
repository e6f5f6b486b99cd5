import { createClock } from './clock.ts'
import type { SavedWorld } from './data-file.ts'
import { NORMAL_DELIVERY } from './delivery-mode.ts'
import { createRandom, faultSeed } from './random.ts'
import { createSchedule } from './schedule.ts'
import { DEFAULT_SWITCHES, type Switches } from './switches.ts'
import { createTable } from './table.ts'
import { NO_REQUEST, type World } from './world.ts'

export interface WorldOptions {
  readonly seed: number
  readonly now: () => number
  readonly publicUrl: () => string
  readonly timeScale: number
  readonly platform: { readonly name: string; readonly country: string; readonly currency: string }
  readonly switches: Partial<Switches>
}

/** Creates a new world, or restores a saved one. */
export function createWorld(options: WorldOptions, saved?: SavedWorld): World {
  const ids = createRandom(saved?.ids ?? options.seed)
  const tables = saved?.tables
  const world: World = {
    seed: saved?.seed ?? options.seed,
    publicUrl: options.publicUrl,
    timeScale: options.timeScale,
    clock: createClock(options.now, saved?.clock),
    ids,
    requestIds: createRandom(saved?.requestIds ?? options.seed + 2),
    faultRng: createRandom(saved?.faultRng ?? faultSeed(options.seed)),
    taskQueue: createSchedule(saved?.taskQueue),
    deliveryQueue: createSchedule(saved?.deliveryQueue),
    platform: saved?.platform ?? {
      ...options.platform,
      account: `acct_${ids.text(16)}`,
      application: `ca_${ids.text(32)}`,
    },
    tables: {
      accounts: createTable(tables?.accounts),
      links: createTable(tables?.links),
      endpoints: createTable(tables?.endpoints),
      events: createTable(tables?.events),
      deliveries: createTable(tables?.deliveries),
      paymentMethods: createTable(tables?.paymentMethods),
      paymentIntents: createTable(tables?.paymentIntents),
      charges: createTable(tables?.charges),
      refunds: createTable(tables?.refunds),
      disputes: createTable(tables?.disputes),
      warnings: createTable(tables?.warnings),
      applicationFees: createTable(tables?.applicationFees),
      balanceTransactions: createTable(tables?.balanceTransactions),
      payouts: createTable(tables?.payouts),
      checkouts: createTable(tables?.checkouts),
    },
    balances: new Map(saved?.balances),
    payoutOfTransaction: new Map(saved?.payoutOfTransaction),
    refundsAwaitingFunds: new Map(
      saved?.refundsAwaitingFunds.map(([owner, refunds]) => [owner, new Set(refunds)]),
    ),
    idempotencyKeys: new Map(saved?.idempotencyKeys),
    faults: [],
    callCounts: new Map(),
    requestLog: [],
    delivery: { ...NORMAL_DELIVERY, ...saved?.delivery },
    switches: { ...DEFAULT_SWITCHES, ...saved?.switches, ...options.switches },
    currentRequest: NO_REQUEST,
  }
  repeatInterruptedDeliveries(world)
  return world
}

/** The process may have ended during an attempt. Stripe delivers at least once, so the attempt is made again. */
function repeatInterruptedDeliveries({ deliveryQueue, tables }: World): void {
  const queued = new Set(deliveryQueue.dump().map(({ item }) => item))
  for (const { id, state, dueMs } of tables.deliveries.values()) {
    if (state === 'waiting' && !queued.has(id)) deliveryQueue.add(dueMs, id)
  }
}
