/**
 * Every effect a machine may ask for. An effect is committed with the transition that owes it, under the permanent name
 * `machine:id:seq:index`.
 */
export type Effect =
  /** Fetch the instance's object from Stripe and feed the answer back as `stripe.observed`. */
  | { kind: 'refresh'; after_ms: number }
  /** Check all objects of the account when there is time: it was disconnected, and no events told of changes. */
  | { kind: 'recheck'; after_ms: number }
