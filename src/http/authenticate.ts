/**
 * Authenticates every client and operator route. The key's row is read in the same round trip as the rows that the route
 * needs, so authentication adds no round trip.
 */
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { selectClient, type ClientRow } from '../store/clients.ts'
import type { Results, Statement } from '../store/database.ts'
import { hashSecret, isSameHash, parseApiKey, type ApiKey } from './api-key.ts'
import type { Env } from './env.ts'
import { Problem } from './problem.ts'

export interface Authenticated<S extends readonly Statement[]> {
  client: ClientRow
  /** The result of each statement that the route passed. */
  rows: Results<S>
}

/** The key of the request, well-formed but not yet verified. @throws Problem unauthenticated */
export function presentedKey(c: Context<Env>): ApiKey {
  const [scheme, token = ''] = (c.req.header('authorization') ?? '').split(' ')
  const key = scheme?.toLowerCase() === 'bearer' ? parseApiKey(token) : null
  if (!key || key.livemode !== c.var.deps.config.stripe.livemode) throw unauthenticated()
  return key
}

/** @throws Problem unauthenticated, missing_scope, rate_limited; StorageUnavailable */
export async function authenticate<const S extends readonly Statement[]>(
  c: Context<Env>,
  statements: S,
): Promise<Authenticated<S>> {
  const key = presentedKey(c)
  await requireWithinLimit(c, key)
  const [client, ...rows] = await c.var.deps.db.read([selectClient(key.id), ...statements])
  const hash = await hashSecret(key.secret)
  // For an unknown id, compare with a dummy hash: the response must take as long as for a wrong secret.
  const matches = isSameHash(hash, client?.secret_hash ?? '0'.repeat(64))
  if (!matches || !client || client.revoked_at !== null || (client.livemode === 1) !== key.livemode) {
    throw unauthenticated()
  }
  const { scopes } = c.var
  if (!scopes.some((scope) => client.scopes.includes(scope))) {
    throw new Problem('missing_scope', `This API key lacks the scope ${scopes.join(' or ')}.`, {
      members: { scopes },
    })
  }
  c.set('client', client.name)
  return { client, rows }
}

/** Limits each key on each route before any database call. Every Cloudflare location counts separately. */
async function requireWithinLimit(c: Context<Env>, key: ApiKey): Promise<void> {
  const result = await c.var.deps.limiter?.limit({ key: `${key.id} ${c.req.method} ${routePath(c)}` })
  if (result?.success !== false) return
  throw new Problem('rate_limited', 'This API key has called this route too often in the last minute.', {
    retryAfterS: 60,
  })
}

function unauthenticated(): Problem {
  return new Problem(
    'unauthenticated',
    'Send a valid API key for this Stripe mode as "Authorization: Bearer gk_…". `npm run keys -- create` makes one.',
  )
}
