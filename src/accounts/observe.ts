/** From Stripe's objects to what a machine sees of them. Pure. */
import type { AccountFacts, AccountTruth, ExternalAccount } from '../../machines/account/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { AccountObject, ExternalAccountObject } from '../stripe/objects.ts'
import { settingsOfAccount } from '../payouts/observe.ts'

/** An Account object speaks of itself, of all its capabilities and, when Stripe shows them, of all its banks and cards. */
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
    // Only to a platform with controls are they shown at all. What was seen before it lost them is nobody's to keep.
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

/** Anything that is not one of Stripe's names is dropped, and a status that is not a word opens nothing. */
function statuses(capabilities: Record<string, unknown>): Record<string, string> {
  const known = Object.entries(capabilities).filter(([name]) => CAPABILITY.test(name))
  return Object.fromEntries(
    known.map(([name, status]) => [name, typeof status === 'string' ? status : 'inactive']),
  )
}

export const CAPABILITY = /^[a-z][a-z0-9_]*$/
