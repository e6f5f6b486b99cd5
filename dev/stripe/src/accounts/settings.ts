import type Stripe from 'stripe'
import { merge } from '../core/json.ts'

export const EMPTY_PROFILE: Stripe.Account.BusinessProfile = {
  annual_revenue: null,
  estimated_worker_count: null,
  mcc: null,
  minority_owned_business_designation: null,
  name: null,
  product_description: null,
  specified_commercial_transactions_act_url: null,
  support_address: null,
  support_email: null,
  support_phone: null,
  support_url: null,
  url: null,
}

/** The settings of a new account. Accounts with default settings share one object. */
export function newSettings(
  { delayDays, collection }: { delayDays: number; collection: string | undefined },
  params: Stripe.AccountCreateParams['settings'],
): Stripe.Account.Settings {
  const key = `${delayDays} ${collection}`
  const settings = SHARED.get(key) ?? defaults(delayDays, collection === 'stripe')
  SHARED.set(key, settings)
  return params === undefined ? settings : applySettings(settings, params)
}

const SHARED = new Map<string, Stripe.Account.Settings>()

/** Merges parameters into settings. The delay `minimum` changes nothing, since the current delay is the minimum. */
export function applySettings(
  settings: Stripe.Account.Settings,
  params: NonNullable<Stripe.AccountUpdateParams['settings']>,
): Stripe.Account.Settings {
  const merged = merge(settings, params)
  const schedule = merged.payouts?.schedule
  if (merged.payouts === undefined || schedule === undefined) return merged
  const kept = settings.payouts?.schedule.delay_days ?? 2
  const delay = typeof schedule.delay_days === 'number' ? schedule.delay_days : kept
  return {
    ...merged,
    payouts: {
      ...merged.payouts,
      schedule: withMatchingDays({ ...schedule, delay_days: delay }, params.payouts?.schedule),
    },
  }
}

type Schedule = Stripe.Account.Settings.Payouts.Schedule

/**
 * Keeps weekly days in a weekly schedule only, and monthly days in a monthly one. The anchor and the days are two names of
 * one setting, so the one in the request sets both.
 */
function withMatchingDays(
  schedule: Schedule,
  param: Stripe.AccountUpdateParams.Settings.Payouts.Schedule | undefined,
): Schedule {
  const {
    weekly_anchor: _week,
    weekly_payout_days,
    monthly_anchor: _month,
    monthly_payout_days,
    ...rest
  } = schedule
  if (schedule.interval === 'weekly') {
    const days = param?.weekly_payout_days ?? asList(param?.weekly_anchor) ?? weekly_payout_days ?? ['monday']
    return { ...rest, weekly_anchor: param?.weekly_anchor ?? days[0] ?? 'monday', weekly_payout_days: days }
  }
  if (schedule.interval === 'monthly') {
    const days = param?.monthly_payout_days ?? asList(param?.monthly_anchor) ?? monthly_payout_days ?? [1]
    return { ...rest, monthly_anchor: param?.monthly_anchor ?? days[0] ?? 1, monthly_payout_days: days }
  }
  return rest
}

function asList<T>(anchor: T | undefined): T[] | undefined {
  return anchor === undefined ? undefined : [anchor]
}

function defaults(delayDays: number, stripeCollects: boolean): Stripe.Account.Settings {
  return {
    bacs_debit_payments: { display_name: null, service_user_number: null },
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_issuing: { tos_acceptance: { date: null, ip: null } },
    card_payments: {
      decline_on: { avs_failure: false, cvc_failure: false },
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: null, timezone: 'Etc/UTC' },
    invoices: { default_account_tax_ids: null, hosted_payment_method_save: null },
    payments: {
      statement_descriptor: null,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    payouts: {
      debit_negative_balances: stripeCollects,
      schedule: { delay_days: delayDays, interval: 'daily' },
      statement_descriptor: null,
    },
    sepa_debit_payments: {},
  }
}
