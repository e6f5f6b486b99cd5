/** Somebody Stripe has sent back to us. That proves nothing but that they came: what the account is now, Stripe is asked. */
import type { LiveAccount } from '../../machines/account/account.ts'
import { readAs } from '../advance/read-as.ts'
import { refresh } from '../advance/refresh.ts'
import type { Deps } from '../deps.ts'
import { describeError } from '../log.ts'
import { parseInstances, selectInstance } from '../store/instances.ts'
import { allowedReturn } from './return-to.ts'
import { fromToken, type Arrived } from './token.ts'

export interface Visit {
  journey: Arrived
  live: LiveAccount
}

/** Null: it is not a link of ours, or none any more. @throws StorageUnavailable */
export async function readVisit(deps: Deps, token: string, requestId: string): Promise<Visit | null> {
  const journey = await fromToken(token, deps.config, deps.now())
  // An origin may have been struck off the list since.
  const returnTo = journey && allowedReturn(journey.returnTo, deps.config)
  if (!journey || returnTo === null) return null
  const [rows = []] = await deps.db.read([selectInstance('account', journey.account)])
  const [row] = parseInstances(rows)
  if (!row) return null
  const found = { ...journey, returnTo }
  try {
    const outcome = await refresh(deps, row, { kind: 'return', id: requestId })
    const result = outcome?.kind === 'taken' ? outcome.results[0] : undefined
    if (result && result.kind !== 'unknown') return { journey: found, live: result.live as LiveAccount }
  } catch (error) {
    // Stripe or the database is away. The holder still gets back to their page; the webhook will tell the rest.
    const message = 'visit not verified'
    deps.log({ level: 'warn', message, request_id: requestId, error: describeError(error) })
  }
  return { journey: found, live: readAs('account', row) }
}
