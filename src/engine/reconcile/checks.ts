/** Fetches instances whose check is due: their facts are old, and no event may ever report a change. */
import { describeError } from '../../log.ts'
import { postponeCheck, selectDueChecks, type CheckRow } from '../../store/checks.ts'
import { addToTally } from '../../store/tallies.ts'
import type { EngineDeps } from '../deps.ts'
import { refresh } from '../refresh.ts'
import type { Applied } from '../unit-of-work.ts'
import { endsTheRun, troubleOf } from './budget.ts'

const BATCH = 20
const DAY_MS = 86_400_000
/** An instance that cannot be fetched is due again after this, so that it does not block the others. */
const FAILED_MS = 3_600_000
const TROUBLED_MS = 60_000

/** Checks one batch of due instances. False: no more are due. @throws BudgetSpent, and what else ends the run */
export async function checkDue(deps: EngineDeps): Promise<boolean> {
  const [due] = await deps.db.read([selectDueChecks(deps.lifecycles.machines, deps.now(), BATCH)])
  for (const row of due) {
    // oxlint-disable-next-line no-await-in-loop
    await check(deps, row)
  }
  return due.length === BATCH
}

async function check(deps: EngineDeps, row: CheckRow): Promise<void> {
  const { machine, id, owner_value } = row
  const { owner, lifecycleOf } = deps.lifecycles
  const isOwned = machine !== owner.lifecycle.name
  // Stripe shows nothing of an account that is out of reach. Once it is back, everything it owns is checked.
  if (isOwned && owner_value && owner.isReachable?.(owner_value) === false) {
    await deps.db.write([postponeCheck(machine, id, deps.now() + DAY_MS)])
    return
  }
  try {
    const wasSuspect = lifecycleOf(machine).read(row).context.owes_refresh
    await refresh(deps, row, { kind: 'reconciler', id: `${machine}:${id}@${deps.now()}` }, (applied) => {
      if (applied.kind === 'failed') throw applied.error
      return [
        ...(isDrift(applied) && !wasSuspect ? [addToTally('reconciler', 'drift', 1)] : []),
        ...(applied.results[0]?.kind === 'moved' ? [] : [postponeCheck(machine, id, deps.now() + FAILED_MS)]),
      ]
    })
  } catch (error) {
    if (endsTheRun(error)) throw error
    deps.log({ level: 'error', message: 'check failed', machine, id, error: describeError(error) })
    const wait = troubleOf(error) === null ? FAILED_MS : TROUBLED_MS
    await deps.db.write([postponeCheck(machine, id, deps.now() + wait)])
  }
}

/** Whether a fact had changed without an event. A piece that is no longer suspect is not drift. */
function isDrift(applied: Extract<Applied, { kind: 'applied' }>): boolean {
  return applied.results.some(
    (result) =>
      result.kind === 'moved' && Object.keys(result.changed).some((path) => !path.endsWith('suspect')),
  )
}
