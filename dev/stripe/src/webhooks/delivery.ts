/** One event owed to one endpoint, and every attempt that was made at it. */
export interface Delivery {
  readonly id: string
  readonly event: string
  readonly endpoint: string
  readonly state: DeliveryState
  /** When the next attempt is due, on Stripe's clock. */
  readonly dueMs: number
  /** Extra copies are not counted by `pending_webhooks` and are never retried. */
  readonly copy: boolean
  readonly attempts: readonly Attempt[]
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'dropped'

export interface Attempt {
  readonly at: number
  /** The receiver's status, or why there was none. */
  readonly outcome: number | 'timeout' | 'unreachable' | 'dropped'
  readonly detail: string | null
}

/** How deliveries misbehave on request (`POST /_sim/delivery`). Shares run from 0 (never) to 1 (always). */
export interface DeliveryMode {
  hold: boolean
  duplicate: number
  /** The most extra copies a duplicated event gets. */
  copies: number
  /** A second Event object, with an id of its own, for the same change. */
  sibling: number
  shuffle: boolean
  drop: number
  /** Whether Stripe believes that a dropped delivery arrived; `delivery_success` then says so. */
  drop_as: 'failed' | 'delivered'
  delay_ms: number | readonly [number, number]
  same_second: boolean
  /** Added to the signature's timestamp. */
  signature_skew_s: number
  /** Only these types are touched by duplicate, sibling and drop; null is all of them. */
  types: readonly string[] | null
}

export const ORDERLY: DeliveryMode = {
  hold: false,
  duplicate: 0,
  copies: 1,
  sibling: 0,
  shuffle: false,
  drop: 0,
  drop_as: 'failed',
  delay_ms: 0,
  same_second: false,
  signature_skew_s: 0,
  types: null,
}
