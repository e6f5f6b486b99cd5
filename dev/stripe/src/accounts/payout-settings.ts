import type Stripe from 'stripe'
import { checkRange, missingParameter } from '../core/errors.ts'
import type { AccountRecord } from '../core/records.ts'

type Schedule = Stripe.AccountUpdateParams.Settings.Payouts.Schedule

/** Checks a payout schedule: a weekly or monthly one needs its days, and a month has at most 31. */
export function checkSchedule(
  params: Schedule | undefined,
  current: Stripe.Account.Settings.Payouts.Schedule | undefined,
  param: string,
): void {
  if (params === undefined) return
  const { interval, weekly_anchor, weekly_payout_days, monthly_anchor, monthly_payout_days } = params
  const changes = interval !== current?.interval
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

/** The balance settings object. It shows `account.settings.payouts` in another form. */
export function balanceSettings(record: AccountRecord): Stripe.BalanceSettings {
  const { account, balanceSettings: extras } = record
  const payouts = account.settings?.payouts
  const schedule = payouts?.schedule
  return {
    object: 'balance_settings',
    payments: {
      debit_negative_balances: payouts?.debit_negative_balances ?? null,
      payouts: {
        automatic_transfer_rules_by_currency: null,
        minimum_balance_by_currency: extras.minimum_balance_by_currency,
        schedule: {
          interval: schedule?.interval ?? 'daily',
          ...(schedule?.monthly_payout_days === undefined
            ? {}
            : { monthly_payout_days: schedule.monthly_payout_days }),
          ...(schedule?.weekly_payout_days === undefined
            ? {}
            : { weekly_payout_days: schedule.weekly_payout_days }),
        },
        statement_descriptor: payouts?.statement_descriptor ?? null,
        status: account.payouts_enabled ? 'enabled' : 'disabled',
      },
      settlement_timing: { delay_days: schedule?.delay_days ?? 2, start_of_day: null },
    },
  }
}
