import type Stripe from 'stripe'
import type { AccountPatch } from './change.ts'
import type { AccountRecord } from './record.ts'
import { IN_GOOD_STANDING, listed, NO_REQUIREMENTS, union, without } from './requirements.ts'

type Requirements = Stripe.Account.Requirements
type DisabledReason = NonNullable<Requirements['disabled_reason']>

/**
 * What Stripe concludes about an account: each function turns the account as it is into the change it makes.
 * Capabilities, booleans and requirements move together here, as they do at Stripe.
 */
export function enabled(record: AccountRecord): AccountPatch {
  return {
    verification: null,
    account: {
      ...switched(record, 'active', { charges: true, payouts: true }),
      details_submitted: true,
      requirements: IN_GOOD_STANDING,
    },
  }
}

/** Everything was answered and Stripe is checking it; there is nothing for anybody to do. */
export function pendingVerification(record: AccountRecord, checking: readonly string[]): AccountPatch {
  const { account } = record
  const items = checking.length > 0 ? checking : ['individual.verification.document']
  // An account that already works goes on working while an answer is checked.
  const working = account.charges_enabled && account.payouts_enabled
  return {
    account: {
      ...(working ? {} : switched(record, 'pending', { charges: false, payouts: false })),
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

/** The check went wrong: the holder must give something better before anything works again. */
export function verificationFailed(record: AccountRecord): AccountPatch {
  const item = 'individual.verification.document'
  return {
    verification: null,
    account: {
      ...switched(record, 'inactive', { charges: false, payouts: false }),
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

/** Something new is asked, to be answered by the deadline; everything works until then. */
export function requirementsDue(
  record: AccountRecord,
  asked: { fields: readonly string[]; deadline: number | null },
): AccountPatch {
  const now = requirementsOf(record)
  return {
    account: {
      requirements: {
        ...now,
        currently_due: union(now.currently_due, asked.fields),
        eventually_due: union(now.eventually_due, asked.fields),
        current_deadline: asked.deadline ?? now.current_deadline,
      },
    },
  }
}

/** The deadline passed: what was due is past due, and something stops working. */
export function deadlineMissed(record: AccountRecord): AccountPatch {
  const { account, atDeadline } = record
  const now = requirementsOf(record)
  const allOff = !atDeadline.charges && !atDeadline.payouts
  return {
    account: {
      ...(allOff ? switched(record, 'inactive', atDeadline) : {}),
      charges_enabled: account.charges_enabled && atDeadline.charges,
      payouts_enabled: account.payouts_enabled && atDeadline.payouts,
      requirements: {
        ...now,
        past_due: union(now.past_due, now.currently_due),
        disabled_reason: 'requirements.past_due',
      },
    },
  }
}

/** Future requirements reach their deadline: they become the requirements, and what they held currently due is late. */
export function futureBecomesCurrent(record: AccountRecord): AccountPatch {
  const now = requirementsOf(record)
  const future = record.account.future_requirements ?? NO_REQUIREMENTS
  const merged: Requirements = {
    ...now,
    alternatives: [...(now.alternatives ?? []), ...(future.alternatives ?? [])],
    currently_due: union(now.currently_due, future.currently_due, future.past_due),
    eventually_due: union(now.eventually_due, future.eventually_due, future.currently_due),
    errors: [...(now.errors ?? []), ...(future.errors ?? [])],
    pending_verification: union(now.pending_verification, future.pending_verification),
    current_deadline: future.current_deadline,
  }
  const moved = { ...record, account: { ...record.account, requirements: merged } }
  const late = listed(future.currently_due).length + listed(future.past_due).length > 0
  const patch = late ? deadlineMissed(moved) : { account: { requirements: merged } }
  return { ...patch, account: { ...patch.account, future_requirements: NO_REQUIREMENTS } }
}

/** Stripe looks into the account, stops it, or lets it go for good. */
export function disabled(
  record: AccountRecord,
  reason: DisabledReason,
  items: readonly string[] = [],
): AccountPatch {
  const now = requirementsOf(record)
  return {
    verification: null,
    account: {
      ...switched(record, 'inactive', { charges: false, payouts: false }),
      requirements: {
        ...now,
        currently_due: union(now.currently_due, items),
        past_due: union(now.past_due, items),
        eventually_due: union(now.eventually_due, items),
        disabled_reason: reason,
      },
    },
  }
}

function requirementsOf({ account }: AccountRecord): Requirements {
  return account.requirements ?? NO_REQUIREMENTS
}

/** Every requested capability at one status. Card payments and transfers never differ: either both work or neither. */
function switched(
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
