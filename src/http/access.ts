/**
 * The route table: who may call each route. A route that is not in it does not compile, and an app with such a route does not
 * start. The router, the OpenAPI document and the test of every route against every kind of caller follow it.
 */
import type { Scope } from './api-key.ts'

/** Scopes: an API key with one of them. The others need no key: anybody, or whoever holds a valid signature of that kind. */
export type Access = readonly [Scope, ...Scope[]] | 'public' | 'stripe_signature' | 'onboarding_token'

export const ACCESS = {
  'POST /v1/accounts': ['accounts:write'],
  'GET /v1/accounts': ['accounts:read'],
  'GET /v1/accounts/{account}': ['accounts:read'],
  'GET /v1/accounts/{account}/status': ['accounts:read', 'operate'],
  'PUT /v1/accounts/{account}/fee_policy': ['accounts:write'],
  'POST /v1/accounts/{account}/onboarding_links': ['accounts:write'],
  'POST /v1/accounts/{account}/account_sessions': ['accounts:write'],
  'GET /onboarding/{token}/refresh': 'onboarding_token',
  'GET /onboarding/{token}/return': 'onboarding_token',

  'POST /v1/accounts/{account}/payments': ['payments:write'],
  'GET /v1/accounts/{account}/payments': ['payments:read'],
  'GET /v1/accounts/{account}/payments/{payment}': ['payments:read'],
  'POST /v1/accounts/{account}/payments/{payment}/capture': ['payments:write'],
  'POST /v1/accounts/{account}/payments/{payment}/cancel': ['payments:write'],
  'POST /v1/accounts/{account}/payments/{payment}/refunds': ['payments:write'],
  'POST /v1/accounts/{account}/checkout_sessions': ['payments:write'],

  'POST /v1/accounts/{account}/payouts': ['payouts:write'],
  'GET /v1/accounts/{account}/payouts': ['payouts:read'],
  'GET /v1/accounts/{account}/payouts/{payout}': ['payouts:read'],
  'POST /v1/accounts/{account}/payouts/{payout}/cancel': ['payouts:write'],
  'GET /v1/accounts/{account}/balance': ['payouts:read'],
  'GET /v1/accounts/{account}/payout_schedule': ['payouts:read'],
  'PUT /v1/accounts/{account}/payout_schedule': ['payouts:write'],

  'GET /v1/accounts/{account}/history': ['operate'],
  'GET /v1/accounts/{account}/payments/{payment}/history': ['operate'],
  'GET /v1/accounts/{account}/payouts/{payout}/history': ['operate'],
  'POST /v1/accounts/{account}/refresh': ['operate'],
  'POST /v1/accounts/{account}/hold': ['operate'],
  'POST /v1/accounts/{account}/release': ['operate'],
  'GET /v1/events': ['operate'],
  'GET /v1/events/{event}': ['operate'],
  'POST /v1/events/{event}/replay': ['operate'],
  'GET /v1/effects': ['operate'],
  'POST /v1/effects/{name}/retry': ['operate'],
  'GET /v1/overview': ['operate'],
  'GET /metrics': ['operate'],

  'POST /webhooks/stripe/connect': 'stripe_signature',
  'POST /webhooks/stripe/platform': 'stripe_signature',

  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /docs': 'public',
  'GET /openapi.json': 'public',
} as const satisfies Record<string, Access>

export type RouteName = keyof typeof ACCESS

/** The scopes of a route; null: it needs no key. @throws Error, if nobody has decided */
export function scopesOf(name: string): readonly Scope[] | null {
  const access = Object.hasOwn(ACCESS, name) ? ACCESS[name as RouteName] : undefined
  if (access === undefined) {
    throw new Error(
      `${name} is not in the route table (src/http/access.ts), so it is not known who may call it.`,
    )
  }
  return typeof access === 'string' ? null : access
}

/**
 * Compares the routes of an app with the table.
 * @throws Error, if one has what the other lacks, or if a route that needs a key does not ask for one
 */
export function requireAccessDecisions(app: {
  routes: readonly RouteOfApp[]
  defined: ReadonlySet<string>
}): void {
  const served = new Set(
    app.routes
      // Middleware has no method.
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
  )
  for (const name of served) {
    if (scopesOf(name) && !app.defined.has(name)) {
      throw new Error(`${name} needs an API key, but was not made by defineRoute, which asks for it.`)
    }
  }
  for (const name of Object.keys(ACCESS)) {
    if (!served.has(name)) throw new Error(`${name} is in the route table, but the app does not serve it.`)
  }
}

interface RouteOfApp {
  method: string
  path: string
}
