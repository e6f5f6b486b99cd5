/** Every event of a payment's machine. A command must be allowed by the state before it reaches Stripe. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { PaymentFacts } from './facts.ts'

export type PaymentEvent =
  | ObservedEvent<PaymentFacts>
  | UnobservableEvent
  /** The `external_id` was found at Stripe, after an event about a charge or fee had begun the instance. */
  | { type: 'payment.named'; external_id: string }
  | { type: 'capture.requested' }
  | { type: 'cancel.requested' }
  | { type: 'refund.requested' }
  /** A time that the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
