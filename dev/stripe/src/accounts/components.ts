import type Stripe from 'stripe'

type Components = Stripe.AccountSession.Components

/** What an enabled component offers unless the caller says otherwise (https://docs.stripe.com/api/account_sessions/create). */
type Features = { readonly [K in keyof Components]: Components[K]['features'] }

const COLLECTION = { disable_stripe_user_authentication: false, external_account_collection: true }
const PAYOUTS = { edit_payout_schedule: true, instant_payouts: true, standard_payouts: true }
const DISPUTES = {
  destination_on_behalf_of_charge_management: false,
  dispute_management: true,
  refund_management: true,
  smart_disputes_management: true,
}
const PAYMENTS = { ...DISPUTES, capture_payments: true }
const CARDS = {
  card_management: true,
  card_spend_dispute_management: true,
  cardholder_management: true,
  spend_control_management: true,
}

export const FEATURES: Features = {
  account_management: COLLECTION,
  account_onboarding: COLLECTION,
  balance_report: {},
  balances: { ...COLLECTION, ...PAYOUTS },
  disputes_list: PAYMENTS,
  documents: {},
  financial_account: { ...COLLECTION, send_money: true, transfer_balance: true },
  financial_account_transactions: { card_spend_dispute_management: true },
  instant_payouts_promotion: { ...COLLECTION, instant_payouts: true },
  issuing_card: CARDS,
  issuing_cards_list: { ...CARDS, disable_stripe_user_authentication: false },
  notification_banner: COLLECTION,
  payment_details: PAYMENTS,
  payment_disputes: DISPUTES,
  payment_method_settings: { disable_stripe_user_authentication: false },
  payments: PAYMENTS,
  payout_details: {},
  payout_reconciliation_report: {},
  payouts: { ...COLLECTION, ...PAYOUTS },
  payouts_list: {},
  reporting_chart: {},
  tax_registrations: {},
  tax_settings: {},
  terminal_hardware_orders: {},
  terminal_hardware_shop: {},
}

export const COMPONENTS = Object.keys(FEATURES) as readonly (keyof Features)[]
