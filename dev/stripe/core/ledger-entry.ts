/** What one account holds at Stripe in one currency, in minor units. Either part may be negative. */
export interface Holding {
  readonly available: number
  readonly pending: number
}

export const NOTHING: Holding = { available: 0, pending: 0 }
