import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { isHash } from '../core/diff.ts'
import { invalidParameter } from '../core/errors.ts'
import { COMPONENTS, FEATURES } from './components.ts'
import { markLinked } from './links.ts'
import { accessibleAccount } from './update.ts'

/** How long a client secret opens embedded components. */
const LIFETIME_S = 3600

/** `POST /v1/account_sessions` (https://docs.stripe.com/api/account_sessions/create). */
export function createAccountSession(call: Call<Stripe.AccountSessionCreateParams>): Stripe.AccountSession {
  const { world, params } = call
  const { account } = accessibleAccount(call, params.account)
  const wishes: Readonly<Record<string, unknown>> = { ...params.components }
  if (!COMPONENTS.some((name) => isEnabled(wishes[name]))) {
    throw invalidParameter('At least one component must be enabled.', { param: 'components' })
  }
  // Every component is there, and every feature of it; what is not enabled has none of them on.
  const components = Object.fromEntries(
    COMPONENTS.map((name) => [name, component(FEATURES[name], wishes[name])]),
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

function isEnabled(wish: unknown): boolean {
  return isHash(wish) && wish['enabled'] === true
}

function component(byDefault: object, wish: unknown) {
  const enabled = isEnabled(wish)
  const wished: unknown = isHash(wish) ? wish['features'] : undefined
  const features = Object.entries(byDefault).map(([name, on]) => [
    name,
    enabled && ((isHash(wished) ? wished[name] : undefined) ?? on),
  ])
  return { enabled, features: Object.fromEntries(features) as object }
}
