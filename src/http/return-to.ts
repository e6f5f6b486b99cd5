/** Redirects back to the client app go only to the exact origins in RETURN_ORIGINS. */
import type { Config } from '../config.ts'
import { Problem } from './problem.ts'

/** The URL as a browser normalises it, or null when its origin is not allowed. */
export function allowedReturn(url: string, { returnOrigins }: Pick<Config, 'returnOrigins'>): string | null {
  if (!URL.canParse(url)) return null
  const { origin, username, password, protocol, href } = new URL(url)
  // A `blob:` URL reports the origin of the page that created it, so only http and https pass.
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
    `${path}: this service does not redirect to that origin. Operators list the allowed origins in RETURN_ORIGINS.`,
    { members: { errors: [{ path, message: 'must have an allowed origin' }] } },
  )
}

/**
 * The client's URL with `account` and `onboarding` set in its query. The other parameters keep their exact spelling:
 * parsing and reserialising them would turn `%20` into `+`.
 */
export function returnUrl(returnTo: string, parameters: { account: string; onboarding: string }): string {
  const url = new URL(returnTo)
  const pairs = url.search.slice(1).split('&')
  const kept = pairs.filter((pair) => pair !== '' && !Object.hasOwn(parameters, nameOf(pair)))
  url.search = [...kept, new URLSearchParams({ ...parameters }).toString()].join('&')
  return url.href
}

function nameOf(pair: string): string {
  const [name = ''] = new URLSearchParams(pair).keys()
  return name
}
