/** Every event of a payout's machine. A command must be allowed by the state before it reaches Stripe. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { PayoutFacts } from './facts.ts'

export type PayoutEvent =
  | ObservedEvent<PayoutFacts>
  | UnobservableEvent
  | { type: 'cancel.requested' }
  /** A time that the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
