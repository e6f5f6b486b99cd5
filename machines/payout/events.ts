/** Everything that can happen to a payout. What a client wishes is asked of the state first, then of Stripe. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { PayoutFacts } from './facts.ts'

export type PayoutEvent =
  | ObservedEvent<PayoutFacts>
  | UnobservableEvent
  | { type: 'cancel.requested' }
  /** A time the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
