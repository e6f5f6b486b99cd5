import type Stripe from 'stripe'
import type { Clock } from './clock.ts'
import type { DeliveryMode } from './delivery-mode.ts'
import type { Fault } from './fault.ts'
import type { Random } from './random.ts'
import type {
  AccountRecord,
  CheckoutRecord,
  Delivery,
  EndpointRecord,
  Holding,
  KeyRecord,
  LinkRecord,
  MethodRecord,
  RequestLine,
} from './records.ts'
import type { Schedule } from './schedule.ts'
import type { Switches } from './switches.ts'
import type { Table } from './table.ts'
import type { Task } from './task.ts'

/** The API version of every answer and event. */
export const API_VERSION = '2026-10-28.endive'

/** The state of the simulated Stripe: one platform, its connected accounts, their objects, events and deliveries. */
export interface World {
  readonly seed: number
  readonly publicUrl: () => string
  readonly timeScale: number
  readonly clock: Clock
  readonly ids: Random
  /** Request ids have their own generator: a read changes no later object id. */
  readonly requestIds: Random
  /** Faults and deliveries have their own generator: fault injection changes no object id. */
  readonly faultRng: Random
  readonly taskQueue: Schedule<Task>
  /** The deliveries that wait, by id. */
  readonly deliveryQueue: Schedule<string>
  readonly platform: Platform
  readonly tables: Tables
  /** Account to currency to holding. */
  readonly balances: Map<string, Record<string, Holding>>
  /** Balance transaction to the automatic payout that includes it. */
  readonly payoutOfTransaction: Map<string, string>
  /** Account to its refunds that wait for funds, oldest first. */
  readonly refundsAwaitingFunds: Map<string, Set<string>>
  readonly idempotencyKeys: Map<string, KeyRecord>
  readonly faults: Fault[]
  /** Calls so far, by operation. */
  readonly callCounts: Map<string, number>
  readonly requestLog: RequestLine[]
  readonly delivery: DeliveryMode
  readonly switches: Switches
  /** The request that is being executed. Events carry it. */
  currentRequest: Stripe.Event.Request
}

export interface Platform {
  readonly account: string
  readonly application: string
  readonly name: string
  readonly country: string
  readonly currency: string
}

/** `GET /_sim` shows these names. */
export interface Tables {
  readonly accounts: Table<AccountRecord>
  readonly links: Table<LinkRecord>
  readonly endpoints: Table<EndpointRecord>
  readonly events: Table<Stripe.Event>
  readonly deliveries: Table<Delivery>
  readonly paymentMethods: Table<MethodRecord>
  readonly paymentIntents: Table<Stripe.PaymentIntent>
  readonly charges: Table<Stripe.Charge>
  readonly refunds: Table<Stripe.Refund>
  readonly disputes: Table<Stripe.Dispute>
  readonly warnings: Table<Stripe.Radar.EarlyFraudWarning>
  readonly applicationFees: Table<Stripe.ApplicationFee>
  readonly balanceTransactions: Table<Stripe.BalanceTransaction>
  readonly payouts: Table<Stripe.Payout>
  readonly checkouts: Table<CheckoutRecord>
}

/** Events that no request caused carry this. */
export const NO_REQUEST: Stripe.Event.Request = { id: null, idempotency_key: null }

/** Runs `act`; the events that it emits carry the request. */
export function duringRequest<T>(world: World, request: Stripe.Event.Request, act: () => T): T {
  const outer = world.currentRequest
  world.currentRequest = request
  try {
    return act()
  } finally {
    world.currentRequest = outer
  }
}

/** Ids look like Stripe's. The seed and the order of creation determine them. */
export function newId(world: World, prefix: string, length = 24): string {
  return `${prefix}_${world.ids.text(length)}`
}

/**
 * An id for deliveries and injected duplicates. A generator that was seeded again repeats itself, so ids that the table
 * has already are skipped.
 */
export function newIdFromFaultRng(
  world: World,
  table: { get: (id: string) => unknown },
  prefix: string,
  length: number,
): string {
  for (;;) {
    const id = `${prefix}_${world.faultRng.text(length)}`
    if (table.get(id) === undefined) return id
  }
}
