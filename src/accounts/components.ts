/**
 * Stripe's embedded components beside the full Dashboard. All that the holder could do there they may do on the platform's
 * own pages too; what needs another shape of account is refused with the reason.
 * https://docs.stripe.com/connect/supported-embedded-components
 */

export const COMPONENTS = [
  'account_management',
  'account_onboarding',
  'balance_report',
  'balances',
  'disputes_list',
  'documents',
  'instant_payouts_promotion',
  'notification_banner',
  'payment_details',
  'payment_disputes',
  'payment_method_settings',
  'payments',
  'payout_details',
  'payout_reconciliation_report',
  'payouts',
  'payouts_list',
  'reporting_chart',
  'tax_registrations',
  'tax_settings',
] as const
export type Component = (typeof COMPONENTS)[number]

const STORED_MONEY =
  'is for accounts whose losses the platform answers for: an account with the full Dashboard cannot hold money this way'
const CARDS = 'is for accounts that issue cards, which those whose losses Stripe bears cannot be made to'
const READERS =
  'is for platforms that order card readers for their accounts; the holder of this one orders its own'

/** Components Stripe knows and this shape of account may not use. */
export const REFUSED_COMPONENTS = {
  financial_account: STORED_MONEY,
  financial_account_transactions: STORED_MONEY,
  issuing_card: CARDS,
  issuing_cards_list: CARDS,
  terminal_hardware_orders: READERS,
  terminal_hardware_shop: READERS,
} as const satisfies Record<string, string>

/** Null: it may be used. */
export function refusalOf(component: string): string | null {
  if ((COMPONENTS as readonly string[]).includes(component)) return null
  return Object.hasOwn(REFUSED_COMPONENTS, component)
    ? REFUSED_COMPONENTS[component as keyof typeof REFUSED_COMPONENTS]
    : 'is not a component that Stripe has'
}
