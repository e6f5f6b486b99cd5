/** Lets go of what is kept for a time only. What each table keeps, and why, is in migrations/README.md. */
import type { Deps } from '../deps.ts'
import { pruneEffects, prunePayloads, pruneRequests } from '../store/retention.ts'

/** As long as Stripe keeps its events: what is let go of here cannot be had there any more, either. */
const KEPT_MS = 30 * 86_400_000
/** Small enough that no webhook waits for it, and enough for twenty events a second for ever. */
const BATCH = 500
const BATCHES = 4

/** How many rows were let go of. */
export async function prune(deps: Deps): Promise<number> {
  const before = deps.now() - KEPT_MS
  let pruned = 0
  for (const statement of [prunePayloads, pruneEffects, pruneRequests]) {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const [count] = await deps.db.write([statement({ before, limit: BATCH })])
      pruned += count
      if (count < BATCH) break
    }
  }
  return pruned
}
