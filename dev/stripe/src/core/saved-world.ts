import type { DeliveryMode } from '../webhooks/delivery.ts'
import type { ClockState } from './clock.ts'
import type { KeyRecord } from './idempotency.ts'
import type { Holding } from './ledger-entry.ts'
import type { Booked } from './schedule.ts'
import type { Switches } from './switches.ts'
import type { TableRow } from './table.ts'
import type { Task } from './task.ts'
import type { Platform, Tables, World } from './world.ts'

/** The world as it lies in a file. Faults, counts and the request log are of the moment and are not kept. */
export interface SavedWorld {
  readonly version: 1
  readonly seed: number
  readonly clock: ClockState
  readonly ids: readonly number[]
  readonly requestIds: readonly number[]
  readonly luck: readonly number[]
  readonly agenda: readonly Booked<Task>[]
  readonly due: readonly Booked<string>[]
  readonly platform: Platform
  readonly tables: { readonly [K in keyof Tables]: readonly TableRow<Value<Tables[K]>>[] }
  readonly balances: readonly (readonly [string, Record<string, Holding>])[]
  readonly paidIn: readonly (readonly [string, string])[]
  readonly waitingRefunds: readonly (readonly [string, readonly string[]])[]
  readonly keys: readonly (readonly [string, KeyRecord])[]
  readonly delivery: DeliveryMode
  readonly switches: Switches
}

type Value<T> = T extends { get(id: string): (infer V) | undefined } ? V : never

export function toSaved(world: World): SavedWorld {
  const { tables } = world
  return {
    version: 1,
    seed: world.seed,
    clock: world.clock.dump(),
    ids: world.ids.dump(),
    requestIds: world.requestIds.dump(),
    luck: world.luck.dump(),
    agenda: world.agenda.dump(),
    due: world.due.dump(),
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
    paidIn: [...world.paidIn],
    waitingRefunds: [...world.waitingRefunds].map(([owner, refunds]) => [owner, [...refunds]]),
    // A request that was running when the process ended never answered: its key is free again.
    keys: [...world.keys].filter(([, { answer }]) => answer !== null),
    delivery: world.delivery,
    switches: world.switches,
  }
}
