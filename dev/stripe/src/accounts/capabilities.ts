import type Stripe from 'stripe'
import { invalidParameter } from '../core/errors.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { NO_REQUIREMENTS, initialRequirements, orEmpty } from './requirements.ts'

/** The capabilities that decide `charges_enabled` and `payouts_enabled`. */
export const CORE_CAPABILITIES = ['card_payments', 'transfers'] as const

export function capabilityStatus(account: Stripe.Account, name: string): Stripe.Capability['status'] {
  return statuses(account)[name] ?? 'unrequested'
}

export function statuses(account: Stripe.Account): Readonly<Record<string, Stripe.Capability['status']>> {
  return { ...account.capabilities }
}

/** The capability object. Its disabled reasons differ from the account's. */
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

type CapabilityParams = Readonly<Record<string, { readonly requested?: boolean } | undefined>>

/** A requested capability becomes active at once if nothing is due. An unrequested one is removed. */
export function requestCapabilities(
  { clock }: World,
  { account, requested }: AccountRecord,
  params: object | undefined,
): { requested: Readonly<Record<string, number>>; account: Partial<Stripe.Account> } {
  if (params === undefined) return { requested, account: {} }
  const next = { ...requested }
  const status = { ...statuses(account) }
  const settled = account.details_submitted && orEmpty(account.requirements?.past_due).length === 0
  for (const [name, param] of Object.entries(params as CapabilityParams)) {
    if (param?.requested === true && next[name] === undefined) {
      next[name] = clock.seconds()
      status[name] = settled && account.requirements?.disabled_reason == null ? 'active' : 'inactive'
    }
    if (param?.requested === false) {
      delete next[name]
      delete status[name]
    }
  }
  if (next['card_payments'] !== undefined && next['transfers'] === undefined) {
    throw invalidParameter(
      'The card_payments capability requires the transfers capability to be requested as well.',
      {
        param: 'capabilities',
      },
    )
  }
  return { requested: next, account: { capabilities: status, ...accountChanges(account, status, next) } }
}

/** Updates `charges_enabled`, and the requirements of an account without any capability. */
function accountChanges(
  account: Stripe.Account,
  status: Readonly<Record<string, Stripe.Capability['status']>>,
  requested: Readonly<Record<string, number>>,
): Partial<Stripe.Account> {
  const any = Object.keys(requested).length > 0
  const { requirements } = account
  const unasked = requirements?.disabled_reason === 'action_required.requested_capabilities'
  const [was, is] = [statuses(account)['card_payments'], status['card_payments']]
  return {
    ...(was === is ? {} : { charges_enabled: is === 'active' && account.details_submitted }),
    ...(unasked && any ? { requirements: { ...initialRequirements(account, true) } } : {}),
    ...(!any && requirements !== undefined
      ? {
          requirements: {
            ...requirements,
            disabled_reason: 'action_required.requested_capabilities' as const,
          },
        }
      : {}),
  }
}
