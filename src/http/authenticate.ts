/**
 * Authenticates every client and operator route. The rows that the route needs are read in the same round trip as the key's
 * row, so authentication adds none. The database itself starts each of these reads at the key, so a caller who is not let in
 * makes it read nothing else.
 */
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { describeError } from '../log.ts'
import { recordUse, selectClient, type ClientRow } from '../store/clients.ts'
import { admittedBy, type Query, type QueryResults } from '../store/query.ts'
import { hashSecret, isSameHash, parseApiKey, type ApiKey } from './api-key.ts'
import type { Env } from './env.ts'
import { Problem } from './problem.ts'

/** How exactly `last_used_at` is known. A write for each request would make every read a write. */
const USE_RECORDED_EVERY_MS = 3_600_000

export interface Authenticated<Q extends readonly Query[]> {
  client: ClientRow
  /** The result of each query that the route passed. */
  rows: QueryResults<Q>
}

/** The key of the request, well-formed but not yet verified. @throws Problem unauthenticated, rate_limited */
export async function presentedKey(c: Context<Env>): Promise<ApiKey> {
  const [scheme, token = ''] = (c.req.header('authorization') ?? '').split(' ')
  const key = scheme?.toLowerCase() === 'bearer' ? parseApiKey(token) : null
  if (!key || key.livemode !== c.var.deps.config.stripe.livemode) throw await refusal(c)
  return key
}

/** @throws Problem unauthenticated, missing_scope, rate_limited; StorageUnavailable */
export async function authenticate<const Q extends readonly Query[]>(
  c: Context<Env>,
  queries: Q,
): Promise<Authenticated<Q>> {
  const { deps, scopes = [] } = c.var
  const key = await presentedKey(c)
  const secretHash = await hashSecret(key.secret)
  await requireWithinLimit(c, secretHash)
  const now = deps.now()
  const admission = { id: key.id, secretHash, livemode: key.livemode, scopes, now }
  const [client, ...results] = await deps.db.read(
    [selectClient(key.id), ...queries.map((query) => admittedBy(admission, query))],
    { repeatTimeouts: false },
  )
  // For an unknown id, compare with a dummy hash: the response must take as long as for a wrong secret.
  const matches = isSameHash(secretHash, client?.secret_hash ?? '0'.repeat(64))
  if (!matches || !client || !isValid(client, key, now)) throw await refusal(c)
  if (!scopes.some((scope) => client.scopes.includes(scope))) {
    throw new Problem('missing_scope', `This API key lacks the scope ${scopes.join(' or ')}.`, {
      members: { scopes },
    })
  }
  c.set('client', client)
  return { client, rows: results.map((rows) => rows()) as QueryResults<Q> }
}

/** The same conditions as in `admittedBy`, which say it to the database. */
function isValid(client: ClientRow, key: ApiKey, now: number): boolean {
  return (
    client.revoked_at === null &&
    (client.expires_at === null || client.expires_at > now) &&
    (client.livemode === 1) === key.livemode
  )
}

/** Records that the request's key was used, after the response and at most hourly. A failure is only logged. */
export function recordKeyUse(c: Context<Env>): void {
  const { deps, client, requestId } = c.var
  if (!client) return
  const now = deps.now()
  const since = now - USE_RECORDED_EVERY_MS
  if (client.last_used_at !== null && client.last_used_at > since) return
  const recorded = deps.db.write([recordUse(client.id, now, since)]).catch((error: unknown) => {
    const message = 'use of a key not recorded'
    deps.log({ level: 'warn', message, request_id: requestId, error: describeError(error) })
  })
  deps.defer(recorded)
}

/**
 * Limits each key on each route before any database call. The bucket has the name of the secret's hash, not of the key's id:
 * others can see an id, and could fill its bucket.
 */
async function requireWithinLimit(c: Context<Env>, secretHash: string): Promise<void> {
  const result = await c.var.deps.limiter?.limit({ key: `${secretHash} ${c.req.method} ${routePath(c)}` })
  if (result?.success !== false) return
  throw new Problem('rate_limited', 'This API key has called this route too often in the last minute.', {
    retryAfterS: 60,
  })
}

/**
 * The answer to a caller without a valid key. Such calls are counted by address, where the runtime knows it. The count says
 * nothing about callers with a valid key: they may share the address with an attacker.
 */
async function refusal(c: Context<Env>): Promise<Problem> {
  const { address, limiter } = c.var.deps
  const result = address === null ? undefined : await limiter?.limit({ key: `unauthenticated ${address}` })
  if (result?.success === false) {
    const detail = 'This address has sent too many requests without a valid API key in the last minute.'
    return new Problem('rate_limited', detail, { retryAfterS: 60 })
  }
  return new Problem(
    'unauthenticated',
    'Send a valid API key for this Stripe mode as "Authorization: Bearer gk_…". `npm run keys -- create` makes one.',
  )
}
