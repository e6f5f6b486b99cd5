import type Stripe from 'stripe'
import { NO_REQUIREMENTS } from './requirements.ts'
import type { AccountRecord } from './record.ts'

/** The capabilities that decide `charges_enabled` and `payouts_enabled`, and are asked for the account's own data. */
export const CORE_CAPABILITIES = ['card_payments', 'transfers'] as const

export function capabilityStatus(account: Stripe.Account, name: string): Stripe.Capability['status'] {
  return statuses(account)[name] ?? 'unrequested'
}

export function statuses(account: Stripe.Account): Readonly<Record<string, Stripe.Capability['status']>> {
  return { ...account.capabilities }
}

/** The full object behind the plain status string, with requirements in the capability's own vocabulary. */
export function capabilityView(record: AccountRecord, name: string): Stripe.Capability {
  const { account, requested } = record
  const status = capabilityStatus(account, name)
  return {
    id: name,
    object: 'capability',
    account: account.id,
    future_requirements: requirementsOf(account.future_requirements, null),
    requested: requested[name] !== undefined,
    requested_at: requested[name] ?? null,
    requirements: requirementsOf(account.requirements, disabledReason(account, status)),
    status,
  }
}

function requirementsOf(
  from: Stripe.Account.Requirements | Stripe.Account.FutureRequirements | undefined,
  reason: string | null,
): Stripe.Capability.Requirements & Stripe.Capability.FutureRequirements {
  const source = from ?? NO_REQUIREMENTS
  return {
    alternatives: source.alternatives ?? [],
    current_deadline: source.current_deadline,
    currently_due: source.currently_due ?? [],
    disabled_reason: reason,
    errors: source.errors ?? [],
    eventually_due: source.eventually_due ?? [],
    past_due: source.past_due ?? [],
    pending_verification: source.pending_verification ?? [],
  }
}

function disabledReason(account: Stripe.Account, status: string): string | null {
  if (status !== 'inactive') return null
  const reason = account.requirements?.disabled_reason ?? null
  if (reason?.startsWith('rejected.') === true) return 'rejected.other'
  if (reason === 'platform_paused') return 'platform_paused'
  if (reason === 'under_review' || reason === 'listed') return 'pending.review'
  if (!account.details_submitted) return 'pending.onboarding'
  return reason === 'other' ? 'other' : 'requirements.fields_needed'
}
