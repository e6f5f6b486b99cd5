/** Every event of an account's machine. Facts are past tense; the others are commands of operators and clients. */
import type { ObservedEvent, UnobservableEvent } from '../observation.ts'
import type { FactsChanged } from '../region.ts'
import type { FeePolicy } from './context.ts'
import type { AsOf } from '../watermark.ts'
import type { AccountFacts, PayoutSummary } from './facts.ts'

export type AccountEvent =
  | ObservedEvent<AccountFacts>
  | UnobservableEvent
  /** The `external_id` was found at Stripe after the request that created the account had been lost. */
  | { type: 'account.named'; external_id: string }
  /** Metadata and fee policy of the creating request, because a webhook began the account before its answer came. */
  | { type: 'account.described'; metadata: Record<string, string>; fee_policy: FeePolicy | null }
  | { type: 'onboarding.link_minted'; at: number }
  | { type: 'fee_policy.set'; policy: FeePolicy }
  | { type: 'operator.held'; reason: string; by: string; at: number }
  | { type: 'operator.released'; reason: string; by: string; at: number }
  /** One of its payouts moved. The payout's instance raises this in the same commit. */
  | { type: 'payout.moved'; payout: string; as_of: AsOf; summary: PayoutSummary }
  /** A time that the machine asked to be woken at has passed. */
  | { type: 'clock.reached'; at: number }
  | FactsChanged
