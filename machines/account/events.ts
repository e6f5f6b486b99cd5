/** Everything that can happen to an account. Facts are past tense; commands are the operators' and clients' own. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { FeePolicy } from './context.ts'
import type { AsOf } from '../watermark.ts'
import type { AccountFacts, PayoutSummary } from './facts.ts'

export type AccountEvent =
  | ObservedEvent<AccountFacts>
  | UnobservableEvent
  /** The name its maker gave it was found at Stripe, after whoever made it had been lost. */
  | { type: 'account.named'; external_id: string }
  /** What its maker said of it, when a webhook had been faster and the account was begun without. */
  | { type: 'account.described'; metadata: Record<string, string>; fee_policy: FeePolicy | null }
  | { type: 'onboarding.link_minted'; at: number }
  | { type: 'fee_policy.set'; policy: FeePolicy }
  | { type: 'operator.held'; reason: string; by: string; at: number }
  | { type: 'operator.released'; reason: string; by: string; at: number }
  /** One of its payouts has moved; its own instance says so, in the same commit. */
  | { type: 'payout.moved'; payout: string; as_of: AsOf; sight: PayoutSummary }
  /** A time the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
