import { ORDERLY } from '../webhooks/delivery.ts'
import { newEndpoint } from '../webhooks/endpoints.ts'
import { createClock } from './clock.ts'
import { createRandom, luckSeed } from './random.ts'
import type { SavedWorld } from './saved-world.ts'
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

/** A new world, or one that goes on where it was saved. */
export function createWorld(options: WorldOptions, saved?: SavedWorld): World {
  const ids = createRandom(saved?.ids ?? options.seed)
  const world: World = {
    seed: saved?.seed ?? options.seed,
    publicUrl: options.publicUrl,
    timeScale: options.timeScale,
    clock: createClock(options.now, saved?.clock),
    ids,
    requestIds: createRandom(saved?.requestIds ?? options.seed + 2),
    luck: createRandom(saved?.luck ?? luckSeed(options.seed)),
    agenda: createSchedule(saved?.agenda),
    platform: saved?.platform ?? {
      ...options.platform,
      account: `acct_${ids.text(16)}`,
      application: `ca_${ids.text(32)}`,
    },
    tables: {
      accounts: createTable(saved?.tables.accounts),
      links: createTable(saved?.tables.links),
      endpoints: createTable(saved?.tables.endpoints),
      events: createTable(saved?.tables.events),
      deliveries: createTable(saved?.tables.deliveries),
      paymentMethods: createTable(saved?.tables.paymentMethods),
      paymentIntents: createTable(saved?.tables.paymentIntents),
      charges: createTable(saved?.tables.charges),
      refunds: createTable(saved?.tables.refunds),
      disputes: createTable(saved?.tables.disputes),
      warnings: createTable(saved?.tables.warnings),
      applicationFees: createTable(saved?.tables.applicationFees),
      balanceTransactions: createTable(saved?.tables.balanceTransactions),
      payouts: createTable(saved?.tables.payouts),
      checkouts: createTable(saved?.tables.checkouts),
    },
    balances: new Map(saved?.balances),
    paidIn: new Map(saved?.paidIn),
    waitingRefunds: new Map(saved?.waitingRefunds.map(([owner, refunds]) => [owner, new Set(refunds)])),
    keys: new Map(saved?.keys),
    faults: [],
    calls: new Map(),
    requests: [],
    due: createSchedule(saved?.due),
    delivery: { ...ORDERLY, ...saved?.delivery },
    switches: { ...DEFAULT_SWITCHES, ...saved?.switches, ...options.switches },
    cause: NO_CAUSE,
  }
  takeUpDeliveries(world)
  for (const webhook of options.webhooks) register(world, webhook)
  return world
}

/** An attempt that was under way when the process ended is made again: at least once. */
function takeUpDeliveries({ due, tables }: World): void {
  const booked = new Set(due.dump().map(({ item }) => item))
  for (const { id, state, dueMs } of tables.deliveries.values()) {
    if (state === 'waiting' && !booked.has(id)) due.add(dueMs, id)
  }
}

/** An endpoint known from before keeps its id and takes the secret it is given now. */
function register(world: World, webhook: WebhookOption): void {
  const { url, connect, secret, enabled_events: events = ['*'] } = webhook
  for (const record of world.tables.endpoints.values()) {
    if (record.endpoint.url !== url || record.connect !== connect) continue
    world.tables.endpoints.replace(record.endpoint.id, {
      ...record,
      secrets: [{ value: secret, expiresAt: null }],
      endpoint: { ...record.endpoint, enabled_events: [...events] },
    })
    return
  }
  newEndpoint(world, { ...webhook, enabled_events: events })
}
