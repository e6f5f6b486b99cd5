/**
 * Makes everything an account owns due for a check, within the reconciler's budget, after a time in which no event told what
 * became of it. Objects that are unknown here begin at once.
 */
import { makeChecksDue } from '../../store/checks.ts'
import { backfill, type BackfillDeps } from './backfill.ts'

/** No refund or dispute is made later than this. */
const LONGEST_DISPUTE_MS = 180 * 86_400_000
const BATCH = 500

/** `until`: instances that began later are left out. @throws what the Stripe call and the database throw */
export async function recheckOwned(
  deps: BackfillDeps,
  { account, until }: { account: string; until?: number },
): Promise<void> {
  const at = deps.now()
  const { owner } = deps.lifecycles
  const machines = deps.lifecycles.machines.filter((machine) => machine !== owner.lifecycle.name)
  const of = { machines, account, since: at - LONGEST_DISPUTE_MS, until: until ?? at, at, limit: BATCH }
  let marked: number
  do {
    // oxlint-disable-next-line no-await-in-loop
    ;[marked] = await deps.db.write([makeChecksDue(of)])
  } while (marked === BATCH)
  await backfill(deps, account)
}
