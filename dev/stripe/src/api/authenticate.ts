import { StripeRefusal, invalidParameter, noAccess, redact } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** Accepts test keys only, so that nobody sends a live key here by mistake. */
export function authenticate(headers: Headers): string {
  const key = bearer(headers) ?? basic(headers)
  if (key === undefined || key === '') throw unauthenticated(NO_KEY)
  if (!key.startsWith('sk_test_') || key.length <= 'sk_test_'.length) {
    throw unauthenticated(`Invalid API Key provided: ${redact(key)}`)
  }
  return key
}

/** The account that the call acts for. The header selects a connected account, which must still be connected. */
export function resolveScope(world: World, key: string, headers: Headers): string {
  checkVersion(headers)
  const account = headers.get('stripe-account') ?? headers.get('stripe-context')
  if (account === null || account === '' || account === world.platform.account) return world.platform.account
  if (world.tables.accounts.get(account)?.connected !== true) throw noAccess(key, account)
  return account
}

function checkVersion(headers: Headers): void {
  const version = headers.get('stripe-version')
  if (version === null || /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) return
  throw invalidParameter(`Invalid Stripe API version: ${version}`)
}

function bearer(headers: Headers): string | undefined {
  return /^Bearer\s+(.*)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim()
}

function basic(headers: Headers): string | undefined {
  const encoded = /^Basic\s+(.*)$/i.exec(headers.get('authorization') ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8').split(':')[0]
}

function unauthenticated(message: string): StripeRefusal {
  return new StripeRefusal(401, { type: 'invalid_request_error', message }, { began: false })
}

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
