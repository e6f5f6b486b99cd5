/**
 * Reads the visit of an account holder whom Stripe has sent back. A visit proves nothing about the account, so the account
 * is fetched from Stripe.
 */
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import { suspects } from '../../machines/watermark.ts'
import type { Deps } from '../deps.ts'
import { refresh } from '../engine/refresh.ts'
import { Problem } from '../http/problem.ts'
import { allowedReturn } from '../http/return-to.ts'
import { describeError } from '../log.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { verifyToken, type ReturnToken } from './return-token.ts'

/** The events of one change arrive within about a second, and a person waits that long for a page. */
const MAX_FETCHES = 4
const PAUSE_MS = 300

export interface Visit {
  token: ReturnToken & { ageMs: number }
  live: LiveAccount
}

/**
 * Null if the token is forged or expired, its origin is no longer allowed, or its account is unknown.
 * @throws Problem rate_limited; StorageUnavailable
 */
export async function readVisit(deps: Deps, text: string, requestId: string): Promise<Visit | null> {
  const token = await verifyToken(text, deps.config, deps.now())
  // The operators may have removed the origin from the list since the token was signed.
  const returnTo = token && allowedReturn(token.returnTo, deps.config)
  if (!token || returnTo === null) return null
  // Each visit calls Stripe, and anyone with the address can repeat it.
  const limit = await deps.limiter?.limit({ key: `onboarding ${token.account}` })
  if (limit?.success === false) throw new Problem('rate_limited', 'This address is visited too often.')
  const row = await readAccount(deps, token.account)
  if (!row) return null
  return { token: { ...token, returnTo }, live: await fetchUntilCertain(deps, row, requestId) }
}

/**
 * Fetches the account until none of its facts is suspect. A holder returns in the same second as the events of their
 * submission, and a fetch cannot be ordered against events of its own second.
 */
async function fetchUntilCertain(deps: Deps, row: InstanceRow, requestId: string): Promise<LiveAccount> {
  let live = accountLifecycle.read(row)
  let current: InstanceRow | null = row
  try {
    for (let fetches = 1; fetches <= MAX_FETCHES && current; fetches += 1) {
      // oxlint-disable no-await-in-loop
      const outcome = await refresh(deps, current, { kind: 'return', id: `${requestId}/${fetches}` })
      const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
      if (result && result.kind !== 'unknown') live = result.live as LiveAccount
      if (suspects(live.context.facts).length === 0 || fetches === MAX_FETCHES) break
      await deps.sleep(PAUSE_MS)
      current = await readAccount(deps, row.id)
      // oxlint-enable no-await-in-loop
    }
  } catch (error) {
    // Stripe or the database does not answer. Show what is stored; the webhook will bring the rest.
    const message = 'visit not verified'
    deps.log({ level: 'warn', message, request_id: requestId, error: describeError(error) })
  }
  return live
}

async function readAccount(deps: Deps, account: string): Promise<InstanceRow | null> {
  const [row] = await deps.db.read([selectInstance('account', account)])
  return row
}
