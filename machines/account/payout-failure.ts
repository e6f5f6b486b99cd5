/**
 * What a failed payout needs, from the code the bank gave and from the external account it went to. Both lists are
 * Stripe's to extend, so what is not understood here is handed to the platform and never expected to heal by itself.
 * https://docs.stripe.com/api/payouts/failures
 */
import type { Actor, Remedy } from '../gates.ts'

export const FAILURE_CLASSES = {
  /** Stripe pays out again by the schedule. */
  heals_by_itself: { actor: 'stripe' },
  /** The holder corrects, replaces or clears the bank account or card. */
  needs_new_bank_account: { actor: 'merchant', remedy: 'dashboard' },
  /** Nobody else will do it: a manual payout is not repeated, and an unknown failure not explained. */
  needs_platform: { actor: 'platform', remedy: 'refresh' },
  /** The balance did not cover it: more must come in than goes out. */
  negative_balance: { actor: 'merchant', remedy: 'dashboard' },
} as const satisfies Record<string, { actor: Actor; remedy?: Remedy }>

export type FailureClass = keyof typeof FAILURE_CLASSES

/** Of several failures at one place, the one that more must be done about says what the place needs. */
const MOST_TO_DO: readonly FailureClass[] = [
  'needs_new_bank_account',
  'needs_platform',
  'negative_balance',
  'heals_by_itself',
]

export function byMostToDo(a: FailureClass, b: FailureClass): number {
  return MOST_TO_DO.indexOf(a) - MOST_TO_DO.indexOf(b)
}

/** The bank has refused this account, this card or its holder; it will again. */
const ABOUT_THE_BANK = new Set([
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
const ABOUT_THE_BALANCE = new Set(['insufficient_funds'])
/** The bank stumbled; nothing is said against the account. */
const PASSING = new Set(['could_not_process'])

/** Statuses of an external account that Stripe pays out to. A card has none. */
const USABLE = new Set<string | null>(['new', 'validated', 'verified', null])
/** Stripe pays nothing out until the holder has changed something. */
const BROKEN = new Set(['errored', 'verification_failed', 'tokenized_account_number_deactivated'])

export interface Failure {
  failure_code: string | null
  automatic: boolean
}

/** `undefined`: Stripe does not show the external account. A status nobody here knows is not usable. */
export type ExternalStatus = string | null | undefined

export function isUsable(status: ExternalStatus): boolean {
  return status === undefined || USABLE.has(status)
}

/** `failure` null: no payout has failed there, the external account alone says that none would arrive. */
export function failureClass(failure: Failure | null, status: ExternalStatus): FailureClass {
  const code = failure?.failure_code ?? ''
  if (ABOUT_THE_BALANCE.has(code)) return 'negative_balance'
  if (ABOUT_THE_BANK.has(code) || BROKEN.has(status ?? '')) return 'needs_new_bank_account'
  const passes = PASSING.has(code) && failure?.automatic === true && isUsable(status)
  return passes ? 'heals_by_itself' : 'needs_platform'
}
