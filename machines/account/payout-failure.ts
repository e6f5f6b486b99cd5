/**
 * What a failed payout needs, by the bank's failure code and the status of the external account. Stripe may extend both
 * lists, so an unknown value needs the platform and is never expected to heal by itself.
 * https://docs.stripe.com/api/payouts/failures
 */
import type { Actor, Remedy } from '../gates.ts'

export const FAILURE_CLASSES = {
  /** Stripe pays out again by the schedule. */
  heals_by_itself: { actor: 'stripe' },
  /** The holder corrects, replaces or clears the bank account or card. */
  needs_new_bank_account: { actor: 'merchant', remedy: 'dashboard' },
  /** Stripe does not repeat a manual payout, and an unknown failure needs a person. */
  needs_platform: { actor: 'platform', remedy: 'refresh' },
  /** The balance did not cover the payout. */
  negative_balance: { actor: 'merchant', remedy: 'dashboard' },
} as const satisfies Record<string, { actor: Actor; remedy?: Remedy }>

export type FailureClass = keyof typeof FAILURE_CLASSES

/** Of several failures at one destination, the first in this list decides what the destination needs. */
const BY_URGENCY: readonly FailureClass[] = [
  'needs_new_bank_account',
  'needs_platform',
  'negative_balance',
  'heals_by_itself',
]

export function byUrgency(a: FailureClass, b: FailureClass): number {
  return BY_URGENCY.indexOf(a) - BY_URGENCY.indexOf(b)
}

/** The bank refused this account, this card or its holder, and will again. */
const BANK_CODES = new Set([
  'account_closed',
  'account_frozen',
  'bank_account_restricted',
  'bank_ownership_changed',
  'debit_not_authorized',
  'declined',
  'incorrect_account_holder_address',
  'incorrect_account_holder_name',
  'incorrect_account_holder_tax_id',
  'invalid_account_number',
  'invalid_currency',
  'no_account',
  'unsupported_card',
])
const BALANCE_CODES = new Set(['insufficient_funds'])
/** A temporary failure at the bank. */
const TEMPORARY = new Set(['could_not_process'])

/** Stripe pays out to external accounts with these statuses. A card has none. */
const USABLE = new Set<string | null>(['new', 'validated', 'verified', null])
/** Stripe pays nothing out until the holder has changed something. */
const BROKEN = new Set(['errored', 'verification_failed', 'tokenized_account_number_deactivated'])

export interface Failure {
  failure_code: string | null
  automatic: boolean
}

/** `undefined`: Stripe does not show the external account. An unknown status is not usable. */
export type ExternalStatus = string | null | undefined

export function isUsable(status: ExternalStatus): boolean {
  return status === undefined || USABLE.has(status)
}

/** `failure` null: no payout has failed there, but the external account cannot be paid out to. */
export function failureClass(failure: Failure | null, status: ExternalStatus): FailureClass {
  const code = failure?.failure_code ?? ''
  if (BALANCE_CODES.has(code)) return 'negative_balance'
  if (BANK_CODES.has(code) || BROKEN.has(status ?? '')) return 'needs_new_bank_account'
  const healsByItself = TEMPORARY.has(code) && failure?.automatic === true && isUsable(status)
  return healsByItself ? 'heals_by_itself' : 'needs_platform'
}
