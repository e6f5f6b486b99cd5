/** What one account holds at Stripe in one currency, in minor units. Either part may be negative. */
export interface Holding {
  readonly available: number
  readonly pending: number
  /** All that fees ever took. */
  readonly fees: number
}

export const NOTHING: Holding = { available: 0, pending: 0, fees: 0 }
