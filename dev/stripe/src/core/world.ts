import type Stripe from 'stripe'
import type { AccountRecord } from '../accounts/record.ts'
import type { CheckoutRecord } from '../checkout/record.ts'
import type { LinkRecord } from '../accounts/link-record.ts'
import type { EndpointRecord } from '../webhooks/endpoint-record.ts'
import type { Clock } from './clock.ts'
import type { MethodRecord } from '../payments/payment-methods.ts'
import type { Delivery, DeliveryMode } from '../webhooks/delivery.ts'
import type { Fault } from './fault.ts'
import type { KeyRecord } from './idempotency.ts'
import type { Holding } from './ledger-entry.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { Switches } from './switches.ts'
import type { Table } from './table.ts'
import type { Task } from './task.ts'

/** Everything the simulated Stripe knows. One platform, its connected accounts, and what was sent about them. */
export interface World {
  readonly seed: number
  readonly publicUrl: () => string
  readonly timeScale: number
  readonly clock: Clock
  readonly ids: Random
  /** Names requests; apart from `ids`, so that reading never changes what is created next. */
  readonly requestIds: Random
  /** Decides how deliveries and faults fall; apart from `ids`, so that misbehaving never changes an id. */
  readonly luck: Random
  readonly agenda: Schedule<Task>
  readonly platform: Platform
  readonly tables: Tables
  readonly balances: Map<string, Record<string, Holding>>
  /** Balance transaction to the automatic payout that paid it out. */
  readonly paidIn: Map<string, string>
  /** By account: refunds that wait for money, in the order they were made. */
  readonly waitingRefunds: Map<string, Set<string>>
  readonly keys: Map<string, KeyRecord>
  readonly faults: Fault[]
  readonly calls: Map<string, number>
  readonly requests: RequestLine[]
  /** Deliveries that wait for their time, by id. */
  readonly due: Schedule<string>
  readonly delivery: DeliveryMode
  readonly switches: Switches
  /** The request that is being executed: what events are stamped with. */
  cause: Stripe.Event.Request
}

export interface Platform {
  readonly account: string
  readonly application: string
  readonly name: string
  readonly country: string
  readonly currency: string
}

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

/** One line of the request log, as the Dashboard shows it. */
export interface RequestLine {
  readonly id: string
  readonly at: number
  readonly method: string
  readonly path: string
  readonly account: string | null
  readonly status: number | 'timeout' | 'reset'
}

/** Nothing caused it but time. */
export const NO_CAUSE: Stripe.Event.Request = { id: null, idempotency_key: null }

/** Runs `act` as the consequence of that request. */
export function causedBy<T>(world: World, cause: Stripe.Event.Request, act: () => T): T {
  const outer = world.cause
  world.cause = cause
  try {
    return act()
  } finally {
    world.cause = outer
  }
}

/** Ids look like Stripe's and come from the seed, in the order things happen. */
export function newId(world: World, prefix: string, length = 24): string {
  return `${prefix}_${world.ids.text(length)}`
}

/**
 * An id of what only mischief adds, drawn apart so that mischief changes no other id. Luck that is seeded again comes to
 * the same again, so what is there already is passed over.
 */
export function luckyId(
  world: World,
  taken: { get: (id: string) => unknown },
  prefix: string,
  length: number,
): string {
  for (;;) {
    const id = `${prefix}_${world.luck.text(length)}`
    if (taken.get(id) === undefined) return id
  }
}
