/**
 * Has the reconciler look at all that an account has, within its budget: nobody told of what may have become of it. What it
 * has that is not known is taken in at once.
 */
import { recheckInstances } from '../../store/checks.ts'
import { backfill, type BackfillDeps } from './backfill.ts'

/** Refunds and disputes of what is older are not made any more. */
const LONGEST_DISPUTE_MS = 180 * 86_400_000
const RECHECKS = 500

/** `until`: what came to be known later is left out. @throws what the Stripe call and the database throw */
export async function recheck(
  deps: BackfillDeps,
  { account, until }: { account: string; until?: number },
): Promise<void> {
  const at = deps.now()
  const of = { account, since: at - LONGEST_DISPUTE_MS, until: until ?? at, at, limit: RECHECKS }
  let marked: number
  do {
    // oxlint-disable-next-line no-await-in-loop
    const [count] = await deps.db.write([recheckInstances(of)])
    marked = count
  } while (marked === RECHECKS)
  await backfill(deps, account)
}
