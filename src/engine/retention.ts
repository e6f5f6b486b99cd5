/** Deletes expired data. migrations/README.md lists how long each table keeps its rows, and why. */
import { pruneEffects, prunePayloads, pruneRequests } from '../store/retention.ts'
import type { AdvanceDeps } from './advance.ts'

/** Stripe keeps its events this long as well: a payload pruned here cannot be fetched again. */
const KEPT_MS = 30 * 86_400_000
/** Small enough not to delay webhooks, and enough for twenty events a second. */
const BATCH = 500
const BATCHES = 4

/** Returns how many rows it pruned. */
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
