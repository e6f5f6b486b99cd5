/** Everything that can happen to a payment. What a client wishes is asked of the state first, then of Stripe. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { PaymentFacts } from './facts.ts'

export type PaymentEvent =
  | ObservedEvent<PaymentFacts>
  | UnobservableEvent
  /** The request that made it was found at Stripe, after an event of something that belongs to it had begun it. */
  | { type: 'payment.named'; external_id: string }
  | { type: 'capture.requested' }
  | { type: 'cancel.requested' }
  | { type: 'refund.requested' }
  /** A time the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
