/** A failed payout in words: what went wrong, and what makes payouts go on. Whose move it is, the machine says. */
import type { FailingDestination } from '../../machines/account/destinations.ts'
import type { FailureClass } from '../../machines/account/payout-failure.ts'

interface EventInput {
  /** The external account, as Stripe names it. */
  destination: string | null
  failure_code: string | null
  automatic: boolean
  amount: number
}

/** What re-opens payouts, by what the failure needs. */
export const REOPENED_BY: Record<FailureClass, string> = {
  heals_by_itself:
    'Stripe showing the external account in order after the failure, or the next payout of the schedule that arrives.',
  needs_new_bank_account:
    'Stripe reporting the bank account corrected or replaced, or a later payout that arrives.',
  needs_platform:
    'Stripe showing the external account in order after the failure (a refresh asks), or a later payout that arrives.',
  negative_balance:
    'Stripe showing the external account in order after the failure, or a later payout that arrives.',
}

/** The same, of one place where nothing arrives. */
export function reopenedBy({ payout, needs }: FailingDestination): string {
  return payout?.state === 'unrecognized'
    ? 'Stripe giving the payout a status that is known here, or a later payout that arrives.'
    : REOPENED_BY[needs]
}

export function failureDetail(
  needs: FailureClass,
  { destination, failure_code, automatic, amount }: EventInput,
): string {
  const where = destination ?? 'an external account Stripe does not name'
  const code = failure_code === null ? '' : ` (${failure_code})`
  if (amount < 0)
    return `Stripe could not bring money back from ${where}${code}. Look it up in the Stripe Dashboard.`
  switch (needs) {
    case 'heals_by_itself':
      return `A payout to ${where} failed${code}, for a reason that says nothing against it. Stripe pays out again by the schedule.`
    case 'needs_new_bank_account':
      return `Payouts to ${where} fail${code}. The account holder must correct, clear or replace it in the Stripe Dashboard; until then Stripe pays nothing out to it.`
    case 'negative_balance':
      return `A payout to ${where} failed because the account’s Stripe balance did not cover it${code}. More must come in than goes out, or the holder adds funds in the Stripe Dashboard.`
    case 'needs_platform':
      return automatic
        ? `A payout to ${where} did not arrive${code}, and nothing here knows what would help. Look it up in the Stripe Dashboard.`
        : `A payout to ${where} failed${code}. It was asked for, so Stripe does not repeat it: once the external account is in order, ask again.`
  }
}

/** What a gate says of one place where nothing arrives. */
export function destinationDetail({ id, status, payout, needs }: FailingDestination): string {
  const where = id ?? 'an external account'
  if (payout?.state === 'unrecognized')
    return `Stripe says of the payout ${payout.id} to ${where} what nothing here knows; no other is asked for until that has changed.`
  if (payout) return failureDetail(needs, { ...payout, destination: id })
  return needs === 'needs_new_bank_account'
    ? `Stripe pays nothing out to ${where} (${status}). The account holder must correct or replace it in the Stripe Dashboard.`
    : `Stripe calls ${where} “${status}”, which nothing here knows; no payout is asked for until it is in order.`
}

/** What a negative balance means. `debits`: whether Stripe takes what is missing from the bank account; null: not told. */
export function negativeDetail(currency: string, debits: boolean | null): string {
  const how =
    debits === true
      ? 'Stripe takes what is missing from the holder’s bank account where it may, or new payments bring it.'
      : 'New payments, or funds the holder adds in the Stripe Dashboard, must bring what is missing.'
  return `Nothing is paid out in ${currency} until the balance is positive again. ${how}`
}
