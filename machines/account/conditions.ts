/** The conditions on an account's facts that a closure may name. */
import { FAILURE_CLASSES } from './payout-failure.ts'
import type { Actor } from '../gates.ts'
import { failingDestinations } from './destinations.ts'
import type { AccountFacts } from './facts.ts'
import {
  hasPastDue,
  hasSubmitted,
  hasUnknownReason,
  holderCanAct,
  isAskedForMore,
  isSupportedShape,
  mayAppeal,
  mayBePaidOut,
  mayCharge,
} from './derive.ts'

export const CONDITIONS = {
  'charges are off': (facts) => !mayCharge(facts) || hasUnknownReason(facts),
  'charges_enabled is false': (facts) => facts.account?.value.charges_enabled !== true,
  'payouts are off': (facts) => !mayBePaidOut(facts) || hasUnknownReason(facts),
  'payouts_enabled is false': (facts) => !mayBePaidOut(facts),
  'the holder must fix payouts': (facts) => hasFailingFor('merchant', facts),
  'the platform must fix payouts': (facts) => hasFailingFor('platform', facts),
  'Stripe retries payouts by itself': (facts) => hasFailingFor('stripe', facts),
  'requirements are past due': hasPastDue,
  'details are submitted': hasSubmitted,
  'details are not submitted': (facts) => !hasSubmitted(facts),
  'the holder can act': holderCanAct,
  'the holder cannot act': (facts) => !holderCanAct(facts),
  'the holder is asked for more': isAskedForMore,
  'the holder is asked for nothing more': (facts) => !isAskedForMore(facts),
  'an appeal is open': mayAppeal,
  'no appeal is open': (facts) => !mayAppeal(facts),
  'the account has another shape': (facts) => !isSupportedShape(facts),
} satisfies Record<string, (facts: AccountFacts) => boolean>

export type Condition = keyof typeof CONDITIONS

function hasFailingFor(actor: Actor, facts: AccountFacts): boolean {
  return failingDestinations(facts).some(({ needs }) => FAILURE_CLASSES[needs].actor === actor)
}
