/**
 * Everything a machine may ask the world to do. An effect is owed by the transition that asked for it, is committed
 * with it, and is named `machine:id:seq:index` for ever.
 */
export type Effect =
  /** Fetch the object this instance stands for from Stripe and feed the answer back as `stripe.observed`. */
  | { kind: 'refresh'; after_ms: number }
  /** Look again, when there is time, at all that is the account's: it was out of reach, and nothing told of what happened. */
  | { kind: 'recheck'; after_ms: number }
