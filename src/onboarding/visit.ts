/** Somebody Stripe has sent back to us. That proves nothing but that they came: what the account is now, Stripe is asked. */
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import { suspects } from '../../machines/watermark.ts'
import { refresh } from '../engine/refresh.ts'
import type { Deps } from '../deps.ts'
import { Problem } from '../http/problem.ts'
import { describeError } from '../log.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { allowedReturn } from '../http/return-to.ts'
import { fromToken, type Arrived } from './token.ts'

/** The events of one change are with us within moments; a person waits that long for a page. */
const LOOKS = 4
const BETWEEN_MS = 300

export interface Visit {
  journey: Arrived
  live: LiveAccount
}

/** Null: it is not a link of ours, or none any more. @throws Problem rate_limited; StorageUnavailable */
export async function readVisit(deps: Deps, token: string, requestId: string): Promise<Visit | null> {
  const journey = await fromToken(token, deps.config, deps.now())
  // An origin may have been struck off the list since.
  const returnTo = journey && allowedReturn(journey.returnTo, deps.config)
  if (!journey || returnTo === null) return null
  // Whoever has the address can come as often as they like; each visit asks Stripe.
  const within = await deps.limiter?.limit({ key: `onboarding ${journey.account}` })
  if (within?.success === false) throw new Problem('rate_limited', 'This address is visited too often.')
  const row = await readAccount(deps, journey.account)
  if (!row) return null
  return { journey: { ...journey, returnTo }, live: await lookClosely(deps, row, requestId) }
}

/**
 * The account as Stripe says it is. Whoever comes back from a form comes together with the events of what they did there,
 * of the same second and in any order: where an answer cannot be told from those, Stripe is asked again.
 */
async function lookClosely(deps: Deps, row: InstanceRow, requestId: string): Promise<LiveAccount> {
  let live = accountLifecycle.read(row)
  let current: InstanceRow | null = row
  try {
    for (let look = 1; look <= LOOKS && current; look += 1) {
      // oxlint-disable no-await-in-loop
      const outcome = await refresh(deps, current, { kind: 'return', id: `${requestId}/${look}` })
      const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
      if (result && result.kind !== 'unknown') live = result.live as LiveAccount
      if (suspects(live.context.facts).length === 0 || look === LOOKS) break
      await deps.sleep(BETWEEN_MS)
      current = await readAccount(deps, row.id)
      // oxlint-enable no-await-in-loop
    }
  } catch (error) {
    // Stripe or the database is away. The holder still gets back to their page; the webhook will tell the rest.
    const message = 'visit not verified'
    deps.log({ level: 'warn', message, request_id: requestId, error: describeError(error) })
  }
  return live
}

async function readAccount(deps: Deps, account: string): Promise<InstanceRow | null> {
  const [row] = await deps.db.read([selectInstance('account', account)])
  return row
}
