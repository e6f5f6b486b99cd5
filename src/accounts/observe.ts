/** Reads Stripe's objects as observations of an account. Pure. */
import type {
  AccountFacts,
  AccountTruth,
  ExternalAccount,
  NegativeBalances,
  PayoutSettings,
  ReserveHold,
  ReservePlan,
} from '../../machines/account/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { AccountObject, ExternalAccountObject } from '../stripe/objects.ts'
import type {
  BalanceObject,
  BalanceSettingsObject,
  ReserveHoldObject,
  ReservePlanObject,
} from '../stripe/payout-objects.ts'

/** An Account object covers the account, all its capabilities and, when Stripe shows them, all its external accounts. */
export function observeAccount(object: AccountObject): Observation<AccountFacts> {
  const { controller, capabilities, external_accounts } = object
  const payout_settings = settingsOfAccount(object)
  return {
    account: truthOf(object),
    ...(payout_settings && { payout_settings }),
    ...(controller && {
      controller: {
        dashboard: controller.stripe_dashboard?.type ?? null,
        fees_payer: controller.fees?.payer ?? null,
        losses: controller.losses?.payments ?? null,
        requirement_collection: controller.requirement_collection ?? null,
        type: controller.type ?? null,
        is_controller: controller.is_controller ?? false,
      },
    }),
    ...(capabilities && { capabilities: { items: statuses(capabilities), all: true } }),
    ...(external_accounts && {
      external_accounts: {
        items: Object.fromEntries(
          external_accounts.data.map((item) => [item.id, observeExternalAccount(item)]),
        ),
        all: !external_accounts.has_more,
      },
    }),
    // Stripe shows external accounts only to a platform that controls the account. Without control, forget known ones.
    ...(controller &&
      controller.is_controller !== true &&
      !external_accounts && {
        external_accounts: { items: {}, all: true },
      }),
  }
}

export function observeExternalAccount(object: ExternalAccountObject): ExternalAccount {
  return {
    object: object.object,
    status: object.status ?? null,
    currency: object.currency ?? null,
    default_for_currency: object.default_for_currency ?? false,
    instant: object.available_payout_methods?.includes('instant') ?? false,
  }
}

function truthOf(object: AccountObject): AccountTruth {
  return {
    charges_enabled: object.charges_enabled,
    payouts_enabled: object.payouts_enabled,
    details_submitted: object.details_submitted,
    disabled_reason: object.requirements?.disabled_reason ?? null,
    requirements: { ...lists(object.requirements), errors: object.requirements?.errors ?? [] },
    future_requirements: lists(object.future_requirements),
    country: object.country ?? null,
    default_currency: object.default_currency ?? null,
  }
}

function lists(requirements: AccountObject['requirements']) {
  return {
    currently_due: requirements?.currently_due ?? [],
    eventually_due: requirements?.eventually_due ?? [],
    past_due: requirements?.past_due ?? [],
    pending_verification: requirements?.pending_verification ?? [],
    current_deadline: requirements?.current_deadline ?? null,
  }
}

/** Drops names that no capability of Stripe's can have; a status that is not text counts as inactive. */
function statuses(capabilities: Record<string, unknown>): Record<string, string> {
  const known = Object.entries(capabilities).filter(([name]) => CAPABILITY.test(name))
  return Object.fromEntries(
    known.map(([name, status]) => [name, typeof status === 'string' ? status : 'inactive']),
  )
}

export const CAPABILITY = /^[a-z][a-z0-9_]*$/

/** Balance settings and the account's own `settings` hold the same values; `settingsOfAccount` reads the latter. */
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

/** Null if the account object does not include them. */
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

/** Null if the hold is fully released. */
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

/** Statuses of a reserve plan that holds nothing back any more. */
const ENDED = new Set(['disabled', 'expired'])

/** Null if the plan has ended. A plan of unknown status counts as running. */
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
