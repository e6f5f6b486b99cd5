/** Where a holder may be sent when they come back: exact origins the operators allow, and nowhere else. */
import type { Config } from '../config.ts'
import { Problem } from '../http/problem.ts'

export function isAllowedReturn(url: string, { returnOrigins, publicUrl }: Config): boolean {
  if (!URL.canParse(url)) return false
  const { origin, username, password, protocol } = new URL(url)
  if (username !== '' || password !== '' || (protocol !== 'https:' && protocol !== 'http:')) return false
  return returnOrigins.includes(origin) || origin === new URL(publicUrl).origin
}

/** @throws Problem invalid_request */
export function requireAllowedReturn(url: string, config: Config): void {
  if (isAllowedReturn(url, config)) return
  throw new Problem(
    'invalid_request',
    'return_to: its origin is not one this service redirects to (RETURN_ORIGINS).',
    {
      members: { errors: [{ path: 'return_to', message: 'must have an allowed origin' }] },
    },
  )
}

/** The client's page, told whose visit it was and what state was found. */
export function returnUrl(returnTo: string, found: { account: string; onboarding: string }): string {
  const url = new URL(returnTo)
  url.searchParams.set('account', found.account)
  url.searchParams.set('onboarding', found.onboarding)
  return url.href
}
