/**
 * Derives each region's state. It is a function of the facts alone, so the same facts give the same state, whatever order
 * they came in. Unknown values never open a gate.
 */
import { failingDestinations } from './destinations.ts'
import type { AccountFacts, AccountTruth, Controller } from './facts.ts'

/** Stripe is deciding. */
const IN_REVIEW = new Set(['under_review', 'listed', 'requirements.pending_verification'])
/** Reasons that only repeat the requirement lists. */
const ABOUT_REQUIREMENTS = new Set(['requirements.past_due', 'action_required.requested_capabilities'])
/** Reasons that pause an account. A reason that is not named in this file pauses it too. */
const PAUSED = new Set(['other', 'platform_paused'])

export const ONBOARDING_STATES = [
  'created',
  'started',
  'in_review',
  'enabled',
  'restricted_soon',
  'restricted',
  'suspended',
  'rejected',
] as const
export type OnboardingState = (typeof ONBOARDING_STATES)[number]

/** The first match wins: https://docs.stripe.com/connect/dashboard#status-badges */
export function deriveOnboardingState(facts: AccountFacts, linkMinted: boolean): OnboardingState {
  const truth = facts.account?.value
  const unsubmitted = linkMinted ? 'started' : 'created'
  if (!truth) return unsubmitted
  const reason = truth.disabled_reason
  if (isRejected(facts)) return 'rejected'
  if (reason === 'under_review' || reason === 'listed') return 'in_review'
  if (PAUSED.has(reason ?? '') || hasUnknownReason(facts)) return 'suspended'
  if (!truth.details_submitted) return unsubmitted
  if (hasPastDue(facts)) return 'restricted'
  if (reason === 'requirements.pending_verification' || isCapabilityPending(facts)) return 'in_review'
  if (!mayCharge(facts)) return 'restricted'
  const { currently_due, current_deadline } = truth.requirements
  return currently_due.length > 0 && current_deadline !== null ? 'restricted_soon' : 'enabled'
}

export const CHARGES_STATES = ['unrequested', 'inactive', 'pending', 'active'] as const
export type ChargesState = (typeof CHARGES_STATES)[number]

/** The `card_payments` capability. Direct charges need it active: https://docs.stripe.com/connect/account-capabilities */
export function deriveChargesState(facts: AccountFacts): ChargesState {
  const status = capability(facts, 'card_payments')
  if (status === null || status === 'unrequested') return 'unrequested'
  return status === 'active' || status === 'pending' ? status : 'inactive'
}

export const PAYOUTS_STATES = ['off', 'on', 'failing'] as const
export type PayoutsState = (typeof PAYOUTS_STATES)[number]

export function derivePayoutsState(facts: AccountFacts): PayoutsState {
  if (failingDestinations(facts).length > 0) return 'failing'
  return mayBePaidOut(facts) ? 'on' : 'off'
}

/** Stripe permits payouts. A permitted payout may still fail. */
export function mayBePaidOut(facts: AccountFacts): boolean {
  return facts.account?.value.payouts_enabled === true
}

/** Stripe's badges ignore the capabilities of single payment methods. */
function isCapabilityPending(facts: AccountFacts): boolean {
  return ['card_payments', 'transfers'].some((name) => capability(facts, name) === 'pending')
}

export function capability(facts: AccountFacts, name: string): string | null {
  return facts.capabilities.items[name]?.value ?? null
}

export function isRejected(facts: AccountFacts): boolean {
  return facts.account?.value.disabled_reason?.startsWith('rejected.') === true
}

/** A reason that this build does not know. Stripe adds reasons; an unknown one pauses the account. */
export function hasUnknownReason(facts: AccountFacts): boolean {
  const reason = facts.account?.value.disabled_reason ?? null
  return (
    reason !== null &&
    !isRejected(facts) &&
    !PAUSED.has(reason) &&
    !IN_REVIEW.has(reason) &&
    !ABOUT_REQUIREMENTS.has(reason)
  )
}

export function hasPastDue(facts: AccountFacts): boolean {
  const truth = facts.account?.value
  if (!truth) return false
  return truth.requirements.past_due.length > 0 || truth.disabled_reason === 'requirements.past_due'
}

export function hasSubmitted(facts: AccountFacts): boolean {
  return facts.account?.value.details_submitted === true
}

/** Stripe's own conditions for a direct charge. Requirement lists are not among them. */
export function mayCharge(facts: AccountFacts): boolean {
  return facts.account?.value.charges_enabled === true && capability(facts, 'card_payments') === 'active'
}

/** The only account shape supported: full Dashboard, the account pays fees, Stripe bears losses. */
const SUPPORTED = {
  dashboard: 'full',
  fees_payer: 'account',
  losses: 'stripe',
  requirement_collection: 'stripe',
} as const

export type ShapePart = keyof typeof SUPPORTED

/** The unsupported parts of an account's shape. An account that controls itself may leave parts out. */
export function unsupportedParts(shape: Controller): ShapePart[] {
  const parts = Object.keys(SUPPORTED) as ShapePart[]
  return parts.filter(
    (part) => shape[part] !== SUPPORTED[part] && !(shape[part] === null && shape.type === 'account'),
  )
}

export function isSupportedShape(facts: AccountFacts): boolean {
  return facts.controller !== null && unsupportedParts(facts.controller.value).length === 0
}

/** All requirements that are due now, past due first. */
export function outstanding(truth: AccountTruth): string[] {
  return [...new Set([...truth.requirements.past_due, ...truth.requirements.currently_due])]
}

/** Risk items read `interv_<id>.<description>.<path>`; the path says who can answer. */
export function riskPath(requirement: string): 'form' | 'challenge' | 'support' | null {
  const [head, path] = [requirement.split('.')[0] ?? '', requirement.split('.').at(-1)]
  if (!head.startsWith('interv_')) return null
  return path === 'form' || path === 'challenge' || path === 'support' ? path : null
}

/** A requirement is due that the account holder can meet: any but those that Stripe's support must settle. */
export function holderCanAct(facts: AccountFacts): boolean {
  const truth = facts.account?.value
  if (!truth?.details_submitted) return true
  return outstanding(truth).some((requirement) => riskPath(requirement) !== 'support')
}

/** While Stripe reviews what was submitted, more may be due, with a deadline that the review does not extend. */
export function isAskedForMore(facts: AccountFacts): boolean {
  return hasSubmitted(facts) && holderCanAct(facts)
}

/** A rejected account whose holder is asked for an appeal may be sent through onboarding again. */
export function mayAppeal(facts: AccountFacts): boolean {
  const truth = facts.account?.value
  return (
    truth !== undefined &&
    outstanding(truth).some((item) => riskPath(item) === 'form' || riskPath(item) === 'challenge')
  )
}
