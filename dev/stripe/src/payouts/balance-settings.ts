import type Stripe from 'stripe'
import { changeAccount, getAccount } from '../accounts/change.ts'
import { mayRaisePayoutDelay } from '../accounts/controller.ts'
import { balanceSettings, checkSchedule } from '../accounts/payout-settings.ts'
import { applySettings } from '../accounts/settings.ts'
import type { Call } from '../core/call.ts'
import { invalidParameter, refused } from '../core/errors.ts'
import type { AccountRecord } from '../core/records.ts'

export function retrieveBalanceSettings(call: Call): Stripe.BalanceSettings {
  return balanceSettings(ofAccount(call))
}

/** `POST /v1/balance_settings` (https://docs.stripe.com/api/balance-settings). This changes `account.settings` too. */
export function updateBalanceSettings(
  call: Call<Stripe.BalanceSettingsUpdateParams>,
): Stripe.BalanceSettings {
  const { world, params, scope } = call
  const record = ofAccount(call)
  const { payouts, settlement_timing: timing, debit_negative_balances: debit } = params.payments ?? {}
  const { settings } = record.account
  if (settings == null) return balanceSettings(record)
  if (!record.controlled) {
    throw refused('Your platform does not control the payouts of this account.', {
      code: 'not_allowed_on_standard_account',
    })
  }
  if (typeof timing?.delay_days_override === 'number' && !mayRaisePayoutDelay(world, record.account)) {
    throw invalidParameter(
      'You cannot change the payout delay of an account whose losses Stripe is liable for.',
      {
        param: 'payments[settlement_timing][delay_days_override]',
      },
    )
  }
  checkSchedule(payouts?.schedule, settings.payouts?.schedule, 'payments[payouts][schedule]')
  const applied = applySettings(settings, {
    payouts: {
      ...(debit === undefined ? {} : { debit_negative_balances: debit }),
      ...(payouts?.statement_descriptor === undefined
        ? {}
        : { statement_descriptor: payouts.statement_descriptor }),
      schedule: {
        ...payouts?.schedule,
        ...(typeof timing?.delay_days_override === 'number'
          ? { delay_days: timing.delay_days_override }
          : {}),
      },
    },
  })
  const minimum = payouts?.minimum_balance_by_currency
  return balanceSettings(
    changeAccount(world, scope, {
      account: { settings: applied },
      ...(minimum === undefined
        ? {}
        : { balanceSettings: { minimum_balance_by_currency: minimumOf(record, minimum) } }),
    }),
  )
}

/** An empty value removes the minimum of a currency, an empty hash removes all. */
function minimumOf(record: AccountRecord, param: unknown): Readonly<Record<string, number>> | null {
  if (typeof param !== 'object' || param === null) return null
  const kept = { ...record.balanceSettings.minimum_balance_by_currency }
  for (const [currency, amount] of Object.entries(param)) {
    if (typeof amount === 'number') kept[currency] = amount
    else delete kept[currency]
  }
  return Object.keys(kept).length > 0 ? kept : null
}

function ofAccount({ world, scope }: Call): AccountRecord {
  if (scope !== world.platform.account) return getAccount(world, scope)
  throw refused(
    'The simulator has balance settings of connected accounts only. Send the Stripe-Account header.',
  )
}
