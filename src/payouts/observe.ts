/** From Stripe's payouts, balances and reserves to what the machines see of them. Pure. */
import type {
  NegativeBalances,
  PayoutSettings,
  ReserveHold,
  ReservePlan,
} from '../../machines/account/facts.ts'
import type { PayoutFacts } from '../../machines/payout/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { AccountObject } from '../stripe/objects.ts'
import type {
  BalanceObject,
  BalanceSettingsObject,
  PayoutObject,
  ReserveHoldObject,
  ReservePlanObject,
} from '../stripe/payout-objects.ts'

/** `failedAt`: what the payout itself does not say, where an event does; Unix seconds. */
export function observePayout(
  object: PayoutObject,
  failedAt: number | null = null,
): Observation<PayoutFacts> {
  const returned = object.failure_balance_transaction
  const at = typeof returned === 'object' ? (returned?.created ?? failedAt) : failedAt
  return {
    payout: {
      status: object.status ?? 'unknown',
      amount: object.amount,
      currency: object.currency,
      automatic: object.automatic,
      method: object.method ?? null,
      arrival_date: object.arrival_date ?? null,
      destination: object.destination ?? null,
      failure_code: object.failure_code ?? null,
      original_payout: object.original_payout ?? null,
      reversed_by: object.reversed_by ?? null,
      reconciliation_status: object.reconciliation_status ?? null,
      trace: object.trace_id ? { status: object.trace_id.status, id: object.trace_id.value ?? null } : null,
      created: object.created,
    },
    ...(object.status === 'failed' && at !== null && { failure: { at } }),
  }
}

/** Stripe keeps one truth in two shapes; these two say the same of it. */
export function observePayoutSettings(object: BalanceSettingsObject): PayoutSettings {
  const { debit_negative_balances, payouts, settlement_timing } = object.payments
  return {
    interval: payouts?.schedule?.interval ?? null,
    weekly_payout_days: payouts?.schedule?.weekly_payout_days ?? [],
    monthly_payout_days: payouts?.schedule?.monthly_payout_days ?? [],
    delay_days: settlement_timing?.delay_days ?? null,
    debit_negative_balances: debit_negative_balances ?? null,
  }
}

/** Null: the account does not show them. */
export function settingsOfAccount({ settings }: AccountObject): PayoutSettings | null {
  const payouts = settings?.payouts
  const schedule = payouts?.schedule
  if (!payouts || !schedule) return null
  const { weekly_anchor, monthly_anchor } = schedule
  return {
    interval: schedule.interval ?? null,
    weekly_payout_days: schedule.weekly_payout_days ?? (weekly_anchor == null ? [] : [weekly_anchor]),
    monthly_payout_days: schedule.monthly_payout_days ?? (monthly_anchor == null ? [] : [monthly_anchor]),
    delay_days: schedule.delay_days ?? null,
    debit_negative_balances: payouts.debit_negative_balances ?? null,
  }
}

export function negativeBalances({ available }: BalanceObject): NegativeBalances {
  return Object.fromEntries(
    available.flatMap(({ amount, currency }) => (amount < 0 ? [[currency, amount]] : [])),
  )
}

/** Null: all of it has been released. */
export function observeReserveHold(object: ReserveHoldObject): ReserveHold | null {
  const released = (object.release_details ?? []).reduce((sum, { amount }) => sum + amount, 0)
  const amount = object.amount_releasable ?? object.amount - released
  if (amount <= 0) return null
  return {
    amount,
    currency: object.currency,
    created_by: object.created_by ?? null,
    release_after: object.release_schedule?.release_after ?? null,
  }
}

/** A plan that has ended sets nothing aside any more. */
const ENDED = new Set(['disabled', 'expired'])

/** Null: it has ended. One of an unknown status is taken to go on. */
export function observeReservePlan(object: ReservePlanObject): ReservePlan | null {
  if (ENDED.has(object.status ?? '')) return null
  return {
    percent: object.percent,
    currency: object.currency ?? null,
    created_by: object.created_by ?? null,
    type: object.type ?? null,
    release_after: object.fixed_release?.release_after ?? null,
    days_after_charge: object.rolling_release?.days_after_charge ?? null,
    expires_on: object.rolling_release?.expires_on ?? null,
  }
}
