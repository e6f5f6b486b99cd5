import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClockState } from './clock.ts'
import type { DeliveryMode } from './delivery-mode.ts'
import type { Holding, KeyRecord } from './records.ts'
import type { Scheduled } from './schedule.ts'
import type { Switches } from './switches.ts'
import type { TableRow } from './table.ts'
import type { Task } from './task.ts'
import type { Platform, Tables, World } from './world.ts'

/** The world as the file has it. Faults, call counts and the request log are not saved. */
export interface SavedWorld {
  readonly version: 2
  readonly seed: number
  readonly clock: ClockState
  readonly ids: readonly number[]
  readonly requestIds: readonly number[]
  readonly faultRng: readonly number[]
  readonly taskQueue: readonly Scheduled<Task>[]
  readonly deliveryQueue: readonly Scheduled<string>[]
  readonly platform: Platform
  readonly tables: { readonly [K in keyof Tables]: readonly TableRow<Value<Tables[K]>>[] }
  readonly balances: readonly (readonly [string, Record<string, Holding>])[]
  readonly payoutOfTransaction: readonly (readonly [string, string])[]
  readonly refundsAwaitingFunds: readonly (readonly [string, readonly string[]])[]
  readonly idempotencyKeys: readonly (readonly [string, KeyRecord])[]
  readonly delivery: DeliveryMode
  readonly switches: Switches
}

type Value<T> = T extends { get(id: string): (infer V) | undefined } ? V : never

/** Version 1 differs by these names only. */
type SavedWorldV1 = Omit<SavedWorld, 'version'> & {
  readonly version: 1
  readonly luck: SavedWorld['faultRng']
  readonly agenda: SavedWorld['taskQueue']
  readonly due: SavedWorld['deliveryQueue']
  readonly paidIn: SavedWorld['payoutOfTransaction']
  readonly waitingRefunds: SavedWorld['refundsAwaitingFunds']
  readonly keys: SavedWorld['idempotencyKeys']
}

/** Saves the world to a file soon after each change. Each write is atomic. */
export interface DataFile {
  changed(): void
  /** Resolves when the file has everything up to now. */
  flush(): Promise<void>
}

const SAVE_DELAY_MS = 500

export function createDataFile(path: string | undefined, world: () => World): DataFile {
  if (path === undefined) return { changed() {}, flush: async () => {} }
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(() => save(path, world()))
    return writing
  }
  return {
    changed() {
      timer ??= setTimeout(() => {
        write().catch((error: unknown) => console.error(error))
      }, SAVE_DELAY_MS).unref()
    },
    flush: write,
  }
}

export function readDataFile(path: string | undefined): SavedWorld | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  // The simulator wrote the file, so the version is enough to know its shape.
  const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedWorld | SavedWorldV1
  if (saved.version === 1) return upcast(saved)
  if (saved.version === 2) return saved
  throw new Error(`This version of the simulator cannot read ${path}. Remove the file to start over.`)
}

function upcast({ luck, agenda, due, paidIn, waitingRefunds, keys, ...rest }: SavedWorldV1): SavedWorld {
  return {
    ...rest,
    version: 2,
    faultRng: luck,
    taskQueue: agenda,
    deliveryQueue: due,
    payoutOfTransaction: paidIn,
    refundsAwaitingFunds: waitingRefunds,
    idempotencyKeys: keys,
  }
}

/** Writes beside the file and renames: a crash leaves the old file intact. */
async function save(path: string, world: World): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const next = `${path}.next`
  await writeFile(next, JSON.stringify(toSaved(world)))
  await rename(next, path)
}

function toSaved(world: World): SavedWorld {
  const { tables } = world
  return {
    version: 2,
    seed: world.seed,
    clock: world.clock.dump(),
    ids: world.ids.dump(),
    requestIds: world.requestIds.dump(),
    faultRng: world.faultRng.dump(),
    taskQueue: world.taskQueue.dump(),
    deliveryQueue: world.deliveryQueue.dump(),
    platform: world.platform,
    tables: {
      accounts: tables.accounts.dump(),
      links: tables.links.dump(),
      endpoints: tables.endpoints.dump(),
      events: tables.events.dump(),
      deliveries: tables.deliveries.dump(),
      paymentMethods: tables.paymentMethods.dump(),
      paymentIntents: tables.paymentIntents.dump(),
      charges: tables.charges.dump(),
      refunds: tables.refunds.dump(),
      disputes: tables.disputes.dump(),
      warnings: tables.warnings.dump(),
      applicationFees: tables.applicationFees.dump(),
      balanceTransactions: tables.balanceTransactions.dump(),
      payouts: tables.payouts.dump(),
      checkouts: tables.checkouts.dump(),
    },
    balances: [...world.balances],
    payoutOfTransaction: [...world.payoutOfTransaction],
    refundsAwaitingFunds: [...world.refundsAwaitingFunds].map(([owner, refunds]) => [owner, [...refunds]]),
    // A request that ran when the process ended has no answer, so its key is free again.
    idempotencyKeys: [...world.idempotencyKeys].filter(([, { answer }]) => answer !== null),
    delivery: world.delivery,
    switches: world.switches,
  }
}
