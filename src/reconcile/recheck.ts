/** Has the reconciler look at all that an account has, within its budget: nobody told of what may have become of it. */
import type { Deps } from '../deps.ts'
import { recheckInstances } from '../store/checks.ts'

/** Refunds and disputes of what is older are not made any more. */
const LONGEST_DISPUTE_MS = 180 * 86_400_000
const RECHECKS = 500

/** `until`: what came to be known later is left out. @throws StorageUnavailable */
export async function recheck(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  { account, until }: { account: string; until?: number },
): Promise<void> {
  const at = now()
  const of = { account, since: at - LONGEST_DISPUTE_MS, until: until ?? at, at, limit: RECHECKS }
  let marked: number
  do {
    // oxlint-disable-next-line no-await-in-loop
    const [rows = []] = await db.write([recheckInstances(of)])
    marked = rows.length
  } while (marked === RECHECKS)
}
