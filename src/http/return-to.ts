/** Where a holder may be sent when they come back: exact origins the operators allow, and nowhere else. */
import type { Config } from '../config.ts'
import { Problem } from './problem.ts'

/** The address as every browser will read it, or null where nobody is sent. */
export function allowedReturn(url: string, { returnOrigins }: Pick<Config, 'returnOrigins'>): string | null {
  if (!URL.canParse(url)) return null
  const { origin, username, password, protocol, href } = new URL(url)
  // The origin of a blob: address is that of whoever made it.
  if (username !== '' || password !== '' || (protocol !== 'https:' && protocol !== 'http:')) return null
  return returnOrigins.includes(origin) ? href : null
}

/** @throws Problem invalid_request */
export function requireAllowedReturn(
  url: string,
  config: Pick<Config, 'returnOrigins'>,
  path = 'return_to',
): string {
  const allowed = allowedReturn(url, config)
  if (allowed !== null) return allowed
  throw new Problem(
    'invalid_request',
    `${path}: its origin is not one this service redirects to (RETURN_ORIGINS).`,
    { members: { errors: [{ path, message: 'must have an allowed origin' }] } },
  )
}

/**
 * The client's page, told whose visit it was and what state was found. The rest of its query stays as it was written:
 * read by a form's rules and written again, `%20` would come back as `+`.
 */
export function returnUrl(returnTo: string, found: { account: string; onboarding: string }): string {
  const url = new URL(returnTo)
  const theirs = url.search.slice(1).split('&')
  const kept = theirs.filter((pair) => pair !== '' && !Object.hasOwn(found, nameIn(pair)))
  url.search = [...kept, new URLSearchParams({ ...found }).toString()].join('&')
  return url.href
}

function nameIn(pair: string): string {
  const [name = ''] = new URLSearchParams(pair).keys()
  return name
}
