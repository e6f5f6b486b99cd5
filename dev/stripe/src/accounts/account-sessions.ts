import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { invalidParameter } from '../core/errors.ts'
import { isHash } from '../core/json.ts'
import { markLinked } from './account-links.ts'
import { accessibleAccount } from './update.ts'

/** How long a client secret is valid. */
const LIFETIME_S = 3600

/** `POST /v1/account_sessions` (https://docs.stripe.com/api/account_sessions/create). */
export function createAccountSession(call: Call<Stripe.AccountSessionCreateParams>): Stripe.AccountSession {
  const { world, params } = call
  const { account } = accessibleAccount(call, params.account)
  const requested: Readonly<Record<string, unknown>> = { ...params.components }
  if (!COMPONENTS.some((name) => isEnabled(requested[name]))) {
    throw invalidParameter('At least one component must be enabled.', { param: 'components' })
  }
  // The answer has every component with all its features. Those of a disabled component are all false.
  const components = Object.fromEntries(
    COMPONENTS.map((name) => [name, component(FEATURES[name], requested[name])]),
  ) as { [K in keyof Stripe.AccountSession.Components]: Stripe.AccountSession.Components[K] }
  markLinked(call, account.id)
  return {
    object: 'account_session',
    account: account.id,
    client_secret: `accs_secret__${world.ids.text(32)}`,
    components,
    expires_at: world.clock.seconds() + LIFETIME_S,
    livemode: false,
  }
}

function isEnabled(param: unknown): boolean {
  return isHash(param) && param['enabled'] === true
}

function component(defaults: object, param: unknown) {
  const enabled = isEnabled(param)
  const requested: unknown = isHash(param) ? param['features'] : undefined
  const features = Object.entries(defaults).map(([name, on]) => [
    name,
    enabled && ((isHash(requested) ? requested[name] : undefined) ?? on),
  ])
  return { enabled, features: Object.fromEntries(features) as object }
}

type Components = Stripe.AccountSession.Components

/** The default features of an enabled component (https://docs.stripe.com/api/account_sessions/create). */
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

const FEATURES: Features = {
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

const COMPONENTS = Object.keys(FEATURES) as readonly (keyof Features)[]
