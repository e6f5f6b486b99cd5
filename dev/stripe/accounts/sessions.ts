import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { isHash } from '../core/diff.ts'
import { invalidParameter } from '../core/errors.ts'
import { markLinked } from './links.ts'
import { accessibleAccount } from './update.ts'

/** How long a client secret opens embedded components. */
const LIFETIME_S = 3600

const COMPONENTS = [
  'account_management',
  'account_onboarding',
  'balance_report',
  'balances',
  'disputes_list',
  'documents',
  'financial_account',
  'financial_account_transactions',
  'instant_payouts_promotion',
  'issuing_card',
  'issuing_cards_list',
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
  'terminal_hardware_orders',
  'terminal_hardware_shop',
] as const

/** `POST /v1/account_sessions` (https://docs.stripe.com/api/account_sessions/create). */
export function createAccountSession(call: Call<Stripe.AccountSessionCreateParams>): Stripe.AccountSession {
  const { world, params } = call
  const { account } = accessibleAccount(call, params.account)
  const wanted = new Map(Object.entries(params.components).map(([name, wish]) => [name, featuresOf(wish)]))
  if ([...wanted.values()].every((features) => features === undefined)) {
    throw invalidParameter('At least one component must be enabled.', { param: 'components' })
  }
  const components = Object.fromEntries(
    COMPONENTS.map((name) => [
      name,
      { enabled: wanted.get(name) !== undefined, features: wanted.get(name) ?? {} },
    ]),
  )
  markLinked(call, account.id)
  return {
    object: 'account_session',
    account: account.id,
    client_secret: `accs_secret__${world.ids.text(32)}`,
    // Every component is present; stripe-node spells out the features of each, which are the caller's own here.
    components: components as unknown as Stripe.AccountSession.Components,
    expires_at: world.clock.seconds() + LIFETIME_S,
    livemode: false,
  }
}

function featuresOf(wish: unknown): object | undefined {
  if (!isHash(wish) || wish['enabled'] !== true) return undefined
  return isHash(wish['features']) ? wish['features'] : {}
}
