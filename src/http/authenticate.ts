/**
 * The door of every client and operator route: who is calling, and may they? The key is looked up in the same round trip
 * as what the route wants to read, so authentication costs none of its own.
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
  /** The result of each statement that was read along. */
  rows: Results<S>
}

/** The key as sent, before anything is known of it. @throws Problem unauthenticated */
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
  // An unknown id is compared too, with a hash nothing has, so that it takes as long as a wrong secret.
  const known = isSameHash(hash, client?.secret_hash ?? '0'.repeat(64))
  if (!known || !client || client.revoked_at !== null || (client.livemode === 1) !== key.livemode) {
    throw unauthenticated()
  }
  const { scopes } = c.var
  if (!scopes.some((scope) => client.scopes.includes(scope))) {
    throw new Problem('missing_scope', `This key lacks the scope ${scopes.join(' or ')}.`, {
      members: { scopes },
    })
  }
  c.set('client', client.name)
  return { client, rows }
}

/** Per key and route, before the database is asked. Each place Cloudflare runs in counts for itself. */
async function requireWithinLimit(c: Context<Env>, key: ApiKey): Promise<void> {
  const within = await c.var.deps.limiter?.limit({ key: `${key.id} ${c.req.method} ${routePath(c)}` })
  if (within?.success !== false) return
  throw new Problem('rate_limited', 'This key has called this route too often in the last minute.', {
    retryAfterS: 60,
  })
}

function unauthenticated(): Problem {
  return new Problem(
    'unauthenticated',
    'Send a valid API key of this mode as "Authorization: Bearer gk_…". Keys are made with `npm run keys -- create`.',
  )
}
