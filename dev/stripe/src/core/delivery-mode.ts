/** How webhook deliveries go wrong on request (`POST /_sim/delivery`). Shares run from 0 (never) to 1 (always). */
export interface DeliveryMode {
  hold: boolean
  duplicate: number
  /** The most extra copies that one duplicated event gets. */
  copies: number
  /** The share of changes that get a second Event object with its own id. */
  sibling: number
  shuffle: boolean
  drop: number
  /** Whether Stripe counts a dropped delivery as delivered. The `delivery_success` filter then finds it as such. */
  drop_as: 'failed' | 'delivered'
  delay_ms: number | readonly [number, number]
  same_second: boolean
  /** Added to the timestamp of the signature. */
  signature_skew_s: number
  /** The event types that duplicate, sibling and drop apply to; null means all. */
  types: readonly string[] | null
}

export const NORMAL_DELIVERY: DeliveryMode = {
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
