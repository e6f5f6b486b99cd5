import type Stripe from 'stripe'

type Schedule = Stripe.Account.Settings.Payouts.Schedule

export const DAY_S = 86_400
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** Weekdays. Bank holidays are not simulated. */
function isBusinessDay(seconds: number): boolean {
  const day = new Date(seconds * 1000).getUTCDay()
  return day !== 0 && day !== 6
}

/** Midnight UTC, that many business days later. */
export function addBusinessDays(seconds: number, days: number): number {
  let at = midnight(seconds)
  for (let left = days; left > 0;) {
    at += DAY_S
    if (isBusinessDay(at)) left -= 1
  }
  return at
}

/** The next automatic payout after that time. A manual schedule has none. */
export function nextPayoutDay(schedule: Schedule, seconds: number): number | undefined {
  if (schedule.interval === 'manual') return undefined
  // Each schedule has a payout day within 31 days.
  for (let ahead = 1; ahead <= 31; ahead++) {
    const at = midnight(seconds) + ahead * DAY_S
    if (isPayoutDay(schedule, at)) return at
  }
  return undefined
}

export function isPayoutDay(schedule: Schedule, seconds: number): boolean {
  const date = new Date(seconds * 1000)
  switch (schedule.interval) {
    case 'daily':
      return isBusinessDay(seconds)
    case 'weekly': {
      const days: readonly string[] = schedule.weekly_payout_days ?? [schedule.weekly_anchor ?? 'monday']
      return days.includes(DAYS[date.getUTCDay()] ?? '')
    }
    case 'monthly': {
      const days = schedule.monthly_payout_days ?? [schedule.monthly_anchor ?? 1]
      const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
      // In a short month, the 29th to the 31st mean the last day.
      return days.some((day) => Math.min(day, last) === date.getUTCDate())
    }
    default:
      return false
  }
}

function midnight(seconds: number): number {
  return Math.floor(seconds / DAY_S) * DAY_S
}
