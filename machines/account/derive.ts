/**
 * From facts to the state of each region. The state is a function of the facts alone, so whatever order they came in,
 * the same facts end in the same state. Unknown values never open anything.
 */
import { failingDestinations } from './destinations.ts'
import type { AccountFacts, AccountTruth, Controller } from './facts.ts'

/** Stripe is deciding; nobody here can hurry it. */
const IN_REVIEW = new Set(['under_review', 'listed', 'requirements.pending_verification'])
/** Reasons that only say what is missing; the requirement lists say it better. */
const ABOUT_REQUIREMENTS = new Set(['requirements.past_due', 'action_required.requested_capabilities'])
/** Reasons known to pause an account. Any reason not named in this file pauses it too. */
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

/** First match wins, in the order of what outranks what: https://docs.stripe.com/connect/dashboard#status-badges */
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

/** Stripe permits it. Whether it arrives is another question. */
export function mayBePaidOut(facts: AccountFacts): boolean {
  return facts.account?.value.payouts_enabled === true
}

/** Badges look at these two alone; payment methods come and go without changing an account's standing. */
function isCapabilityPending(facts: AccountFacts): boolean {
  return ['card_payments', 'transfers'].some((name) => capability(facts, name) === 'pending')
}

export function capability(facts: AccountFacts, name: string): string | null {
  return facts.capabilities.items[name]?.value ?? null
}

export function isRejected(facts: AccountFacts): boolean {
  return facts.account?.value.disabled_reason?.startsWith('rejected.') === true
}

/** A reason this build has never heard of. Stripe adds them; until it is understood it pauses the account. */
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

/** What Stripe itself asks before it takes a direct charge. Requirement lists are not part of it. */
export function mayCharge(facts: AccountFacts): boolean {
  return facts.account?.value.charges_enabled === true && capability(facts, 'card_payments') === 'active'
}

/** The one shape of account this platform may charge on: full Dashboard, the account pays fees, Stripe bears losses. */
const SUPPORTED = {
  dashboard: 'full',
  fees_payer: 'account',
  losses: 'stripe',
  requirement_collection: 'stripe',
} as const

export type ShapePart = keyof typeof SUPPORTED

/** What of an account's shape this platform cannot work with. An account that governs itself need not say. */
export function unsupportedParts(shape: Controller): ShapePart[] {
  const parts = Object.keys(SUPPORTED) as ShapePart[]
  return parts.filter(
    (part) => shape[part] !== SUPPORTED[part] && !(shape[part] === null && shape.type === 'account'),
  )
}

export function isSupportedShape(facts: AccountFacts): boolean {
  return facts.controller !== null && unsupportedParts(facts.controller.value).length === 0
}

/** Everything Stripe waits for now, past due first. */
export function outstanding(truth: AccountTruth): string[] {
  return [...new Set([...truth.requirements.past_due, ...truth.requirements.currently_due])]
}

/** Risk items read `interv_<id>.<description>.<path>`; the path says who can answer. */
export function riskPath(requirement: string): 'form' | 'challenge' | 'support' | null {
  const [head, path] = [requirement.split('.')[0] ?? '', requirement.split('.').at(-1)]
  if (!head.startsWith('interv_')) return null
  return path === 'form' || path === 'challenge' || path === 'support' ? path : null
}

/** Something is due that the account holder can hand in: anything but what waits for Stripe's own support. */
export function holderCanAct(facts: AccountFacts): boolean {
  const truth = facts.account?.value
  if (!truth?.details_submitted) return true
  return outstanding(truth).some((requirement) => riskPath(requirement) !== 'support')
}

/** While Stripe checks what was submitted, it may want other things already, and by a deadline that does not wait. */
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
