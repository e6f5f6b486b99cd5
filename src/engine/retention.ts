/** Deletes what is kept for a limited time. migrations/README.md says what each table keeps, and why. */
import { pruneEffects, prunePayloads, pruneRequests } from '../store/retention.ts'
import type { AdvanceDeps } from './advance.ts'

/** As long as Stripe keeps its events: a payload pruned here is gone there too. */
const KEPT_MS = 30 * 86_400_000
/** Small enough that no webhook waits for it; enough for twenty events a second. */
const BATCH = 500
const BATCHES = 4

/** How many rows were pruned. */
export async function prune(deps: Pick<AdvanceDeps, 'db' | 'now'>): Promise<number> {
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
