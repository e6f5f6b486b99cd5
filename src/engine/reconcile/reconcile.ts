/**
 * Finds changes that no webhook reported: reads Stripe's event lists back, and fetches instances with old facts. One run at a
 * time, within a budget; the next run continues where this one stopped. Two runs at once would only call Stripe more often.
 */
import { z } from 'zod'
import { describeError } from '../../log.ts'
import { saveCursor } from '../../store/cursors.ts'
import { claimLease, releaseLease } from '../../store/leases.ts'
import { beginPlatformStream } from '../../store/streams.ts'
import type { EngineDeps } from '../deps.ts'
import { BudgetSpent, openBudget, withinBudget } from './budget.ts'
import { checkDue } from './checks.ts'
import { readDueLists } from './event-lists.ts'

const LEASE = 'reconciler'
/** Longer than a run may take, its last call included. */
const LEASE_MS = 90_000

/** The last run, as operators see it. */
export const ReconcilerRun = z.object({
  started_at: z.int(),
  ended_at: z.int(),
  stripe_calls: z.int(),
  /** Why the run ended before everything due was done; null: everything was done. */
  ended_by: z.string().nullable(),
})
export type ReconcilerRun = z.infer<typeof ReconcilerRun>

export const RECONCILER_RUN = 'reconciler'

/** Null: another run holds the lease. @throws StorageUnavailable */
export async function reconcile(deps: EngineDeps, until: number): Promise<ReconcilerRun | null> {
  const started_at = deps.now()
  const holder = `${started_at}-${deps.random()}`
  const [isClaimed] = await deps.db.write([
    claimLease({ name: LEASE, holder, now: started_at, until: started_at + LEASE_MS }),
    beginPlatformStream(started_at),
  ])
  if (!isClaimed) return null
  const budget = openBudget({ ...deps, until })
  const ended_by = (await work({ ...deps, stripe: withinBudget(deps.stripe, budget) })) ?? budget.trouble()
  const ended_at = deps.now()
  const run = { started_at, ended_at, stripe_calls: budget.used(), ended_by }
  await deps.db.write([saveCursor(RECONCILER_RUN, run, ended_at), releaseLease(LEASE, holder)])
  return run
}

/** Alternates between both kinds of work, so that neither starves the other. Returns why it ended early. */
async function work(deps: EngineDeps): Promise<string | null> {
  try {
    let [moreEvents, moreChecks] = [true, true]
    while (moreEvents || moreChecks) {
      // oxlint-disable no-await-in-loop
      if (moreEvents) moreEvents = await readDueLists(deps)
      if (moreChecks) moreChecks = await checkDue(deps)
      // oxlint-enable no-await-in-loop
    }
    return null
  } catch (error) {
    if (error instanceof BudgetSpent && error.why === 'budget') return 'budget'
    deps.log({ level: 'warn', message: 'reconciler stopped', error: describeError(error) })
    return error instanceof BudgetSpent ? error.why : 'error'
  }
}
