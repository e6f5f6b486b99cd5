/** Looks again at what has not been looked at for too long: instances whose `check_at` has passed. */
import { lifecycleOf, type MachineName } from '../../../machines/lifecycles.ts'
import { refresh } from '../refresh.ts'
import type { Applied } from '../unit-of-work.ts'
import type { Deps } from '../../deps.ts'
import { describeError } from '../../log.ts'
import { postponeCheck, selectDueChecks, type CheckRow } from '../../store/checks.ts'
import { addToTally } from '../../store/tallies.ts'
import { endsTheRun, troubleOf } from './failure.ts'

const SOME = 20
const DAY_MS = 86_400_000
/** What cannot be looked at now is not in the way of the rest. */
const FAILED_MS = 3_600_000
const TROUBLED_MS = 60_000

/** Looks at instances that are due, some at a time. False: none is. @throws BudgetSpent, what ends the run */
export async function checkSome(deps: Deps): Promise<boolean> {
  const [due] = await deps.db.read([selectDueChecks(deps.now(), SOME)])
  for (const row of due) {
    // oxlint-disable-next-line no-await-in-loop
    await check(deps, row)
  }
  return due.length === SOME
}

async function check(deps: Deps, row: CheckRow): Promise<void> {
  const { machine, id } = row
  // Its account is out of reach, and so is it. When the account is back, all that it has is looked at.
  if (row.machine !== 'account' && row.connection === 'disconnected') {
    await deps.db.write([postponeCheck(machine, id, deps.now() + DAY_MS)])
    return
  }
  try {
    const wasSuspect = lifecycleOf(machine as MachineName).read(row).context.owes_refresh
    await refresh(deps, row, { kind: 'reconciler', id: `${machine}:${id}@${deps.now()}` }, (taken) => {
      if (taken.kind === 'failed') throw taken.error
      return [
        ...(isDrift(taken) && !wasSuspect ? [addToTally('reconciler', 'drift', 1)] : []),
        ...(taken.results[0]?.kind === 'moved' ? [] : [postponeCheck(machine, id, deps.now() + FAILED_MS)]),
      ]
    })
  } catch (error) {
    if (endsTheRun(error)) throw error
    deps.log({ level: 'error', message: 'check failed', machine, id, error: describeError(error) })
    const wait = troubleOf(error) === null ? FAILED_MS : TROUBLED_MS
    await deps.db.write([postponeCheck(machine, id, deps.now() + wait)])
  }
}

/** Something had changed that nothing had told of. That a doubt was cleared, or a look had, is no news. */
function isDrift(taken: Extract<Applied, { kind: 'applied' }>): boolean {
  return taken.results.some(
    (result) =>
      result.kind === 'moved' && Object.keys(result.changed).some((path) => !path.endsWith('suspect')),
  )
}
