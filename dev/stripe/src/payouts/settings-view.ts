import type Stripe from 'stripe'
import type { AccountRecord } from '../accounts/record.ts'

/** Balance settings are `account.settings.payouts` in another shape: one truth, two views. */
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
