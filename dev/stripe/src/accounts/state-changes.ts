import type Stripe from 'stripe'
import type { AccountRecord } from '../core/records.ts'
import type { AccountPatch } from './change.ts'
import { ENABLED_REQUIREMENTS, NO_REQUIREMENTS, orEmpty, union, without } from './requirements.ts'

type Requirements = Stripe.Account.Requirements
type DisabledReason = NonNullable<Requirements['disabled_reason']>

/**
 * Each function here returns one change that Stripe makes to an account. Capabilities, booleans and requirements change
 * together, as they do at Stripe. This change enables everything.
 */
export function enabled(record: AccountRecord): AccountPatch {
  return {
    verification: null,
    account: {
      ...withCapabilities(record, 'active', { charges: true, payouts: true }),
      details_submitted: true,
      requirements: ENABLED_REQUIREMENTS,
    },
  }
}

/** All requirements are answered, and Stripe verifies the answers. */
export function pendingVerification(record: AccountRecord, checking: readonly string[]): AccountPatch {
  const { account } = record
  const items = checking.length > 0 ? checking : ['individual.verification.document']
  // An enabled account stays enabled during the verification.
  const working = account.charges_enabled && account.payouts_enabled
  return {
    account: {
      ...(working ? {} : withCapabilities(record, 'pending', { charges: false, payouts: false })),
      details_submitted: true,
      requirements: {
        ...NO_REQUIREMENTS,
        eventually_due: union(without(account.requirements?.eventually_due, items)),
        pending_verification: [...items],
        disabled_reason: working ? null : 'requirements.pending_verification',
      },
    },
  }
}

/** The verification failed. The account is disabled until the holder provides better data. */
export function verificationFailed(record: AccountRecord): AccountPatch {
  const item = 'individual.verification.document'
  return {
    verification: null,
    account: {
      ...withCapabilities(record, 'inactive', { charges: false, payouts: false }),
      details_submitted: true,
      requirements: {
        ...NO_REQUIREMENTS,
        currently_due: [item],
        past_due: [item],
        eventually_due: [item],
        disabled_reason: 'requirements.past_due',
        errors: [
          {
            code: 'verification_failed_keyed_identity',
            reason:
              'The identity information you entered cannot be verified. Please correct any errors or upload a document that matches the identity fields.',
            requirement: item,
          },
        ],
      },
    },
  }
}

/** New requirements are due by a deadline. The account stays enabled until then. */
export function requirementsDue(
  record: AccountRecord,
  due: { fields: readonly string[]; deadline: number | null },
): AccountPatch {
  const current = requirementsOf(record)
  return {
    account: {
      requirements: {
        ...current,
        currently_due: union(current.currently_due, due.fields),
        eventually_due: union(current.eventually_due, due.fields),
        current_deadline: due.deadline ?? current.current_deadline,
      },
    },
  }
}

/** The deadline has passed. What was due is past due, and charges or payouts are disabled. */
export function deadlineMissed(record: AccountRecord): AccountPatch {
  const { account, atDeadline } = record
  const current = requirementsOf(record)
  const allOff = !atDeadline.charges && !atDeadline.payouts
  return {
    account: {
      ...(allOff ? withCapabilities(record, 'inactive', atDeadline) : {}),
      charges_enabled: account.charges_enabled && atDeadline.charges,
      payouts_enabled: account.payouts_enabled && atDeadline.payouts,
      requirements: {
        ...current,
        past_due: union(current.past_due, current.currently_due),
        disabled_reason: 'requirements.past_due',
      },
    },
  }
}

/** Future requirements become current at their deadline. Those that were due are past due. */
export function futureBecomesCurrent(record: AccountRecord): AccountPatch {
  const current = requirementsOf(record)
  const future = record.account.future_requirements ?? NO_REQUIREMENTS
  const merged: Requirements = {
    ...current,
    alternatives: [...(current.alternatives ?? []), ...(future.alternatives ?? [])],
    currently_due: union(current.currently_due, future.currently_due, future.past_due),
    eventually_due: union(current.eventually_due, future.eventually_due, future.currently_due),
    errors: [...(current.errors ?? []), ...(future.errors ?? [])],
    pending_verification: union(current.pending_verification, future.pending_verification),
    current_deadline: future.current_deadline,
  }
  const moved = { ...record, account: { ...record.account, requirements: merged } }
  const late = orEmpty(future.currently_due).length + orEmpty(future.past_due).length > 0
  const patch = late ? deadlineMissed(moved) : { account: { requirements: merged } }
  return { ...patch, account: { ...patch.account, future_requirements: NO_REQUIREMENTS } }
}

/** Stripe disables the account: it reviews, pauses or rejects it. */
export function disabled(
  record: AccountRecord,
  reason: DisabledReason,
  items: readonly string[] = [],
): AccountPatch {
  const current = requirementsOf(record)
  return {
    verification: null,
    account: {
      ...withCapabilities(record, 'inactive', { charges: false, payouts: false }),
      requirements: {
        ...current,
        currently_due: union(current.currently_due, items),
        past_due: union(current.past_due, items),
        eventually_due: union(current.eventually_due, items),
        disabled_reason: reason,
      },
    },
  }
}

function requirementsOf({ account }: AccountRecord): Requirements {
  return account.requirements ?? NO_REQUIREMENTS
}

/** All requested capabilities with one status. `card_payments` and `transfers` always have the same status. */
function withCapabilities(
  { requested }: AccountRecord,
  status: 'active' | 'inactive' | 'pending',
  on: { readonly charges: boolean; readonly payouts: boolean },
): Partial<Stripe.Account> {
  return {
    capabilities: Object.fromEntries(Object.keys(requested).map((name) => [name, status])),
    charges_enabled: on.charges,
    payouts_enabled: on.payouts,
  }
}
