import type Stripe from 'stripe'
import { checkRange } from '../core/check-range.ts'
import { missingParameter } from '../core/errors.ts'

type Schedule = Stripe.AccountUpdateParams.Settings.Payouts.Schedule

/** What a payout schedule must say: the days of a weekly or a monthly one, and only days that a month can have. */
export function checkSchedule(
  wish: Schedule | undefined,
  now: Stripe.Account.Settings.Payouts.Schedule | undefined,
  param: string,
): void {
  if (wish === undefined) return
  const { interval, weekly_anchor, weekly_payout_days, monthly_anchor, monthly_payout_days } = wish
  const changes = interval !== now?.interval
  if (interval === 'weekly' && changes && (weekly_payout_days ?? weekly_anchor) === undefined) {
    throw missingParameter(`${param}[weekly_payout_days]`)
  }
  if (interval === 'monthly' && changes && (monthly_payout_days ?? monthly_anchor) === undefined) {
    throw missingParameter(`${param}[monthly_payout_days]`)
  }
  if (monthly_anchor !== undefined) checkRange(monthly_anchor, `${param}[monthly_anchor]`, { most: 31 })
  for (const [at, day] of (monthly_payout_days ?? []).entries()) {
    checkRange(day, `${param}[monthly_payout_days][${at}]`, { most: 31 })
  }
}
