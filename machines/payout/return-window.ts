/**
 * How long the bank may return a paid payout: until the end of the fifth business day after its arrival date. Days are in
 * UTC, like Stripe's `arrival_date`; business days are Monday to Friday. Bank holidays are not known here, so a window with
 * one ends early, and a settled payout may still fail.
 * https://docs.stripe.com/api/payouts/object#payout_object-status
 */
import type { PayoutContext } from './context.ts'

const BUSINESS_DAYS = 5
const DAY_S = 86_400
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4

/** The first second after the window; Unix seconds in and out. */
export function endOfWindow(arrivalDate: number): number {
  let day = Math.floor(arrivalDate / DAY_S)
  for (let left = BUSINESS_DAYS; left > 0;) {
    day += 1
    if (isBusinessDay(day)) left -= 1
  }
  return (day + 1) * DAY_S
}

/** When the window of a paid payout ends, in Unix seconds; null: it is not paid, or has no arrival date. */
export function windowOf({ facts }: PayoutContext): number | null {
  const truth = facts.payout?.value
  return truth?.status === 'paid' && truth.arrival_date !== null ? endOfWindow(truth.arrival_date) : null
}

/** The end of a window that has not passed yet; null: there is none. */
export function windowAhead(context: PayoutContext): number | null {
  const end = windowOf(context)
  return end !== null && !hasPassed(context, end) ? end : null
}

export function hasPassed({ window_noticed }: PayoutContext, end: number): boolean {
  return window_noticed !== null && end <= window_noticed
}

function isBusinessDay(day: number): boolean {
  const weekday = (FIRST_WEEKDAY + day) % 7
  return weekday !== 0 && weekday !== 6
}
