/** Sends `clock.reached` to every instance whose `wake_at` has passed. */
import { describeError, type Log } from '../log.ts'
import { selectDue, type InstanceRow } from '../store/instances.ts'
import type { Lifecycles } from './adapter.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import { instanceKey } from './plan.ts'
import type { StepResult, UnitOfWork } from './unit-of-work.ts'

const BATCH = 100

/** Returns how many timers fired. An instance whose timer fails stays due, and blocks no other. */
export async function fireDueTimers(deps: AdvanceDeps, until: number): Promise<number> {
  const failed = new Set<string>()
  let fired = 0
  for (;;) {
    const now = deps.now()
    // oxlint-disable no-await-in-loop
    const [rows] = await deps.db.read([selectDue(deps.lifecycles.machines, now, BATCH + failed.size)])
    const due = rows.filter(({ machine, id }) => !failed.has(instanceKey(machine, id)))
    const units = due.map((row) => unitOf(row, { now, failed, log: deps.log, lifecycles: deps.lifecycles }))
    if (units.length > 0) await advance(deps, units)
    // oxlint-enable no-await-in-loop
    fired += due.length
    if (due.length < BATCH || deps.now() >= until) return fired - failed.size
  }
}

function unitOf(
  row: InstanceRow,
  at: { now: number; failed: Set<string>; log: Log; lifecycles: Lifecycles },
): UnitOfWork {
  const { machine, id, account } = row
  const { now, failed, log, lifecycles } = at
  const key = instanceKey(machine, id)
  return {
    cause: { kind: 'clock', id: `${id}@${wakeAtOf(row, lifecycles) ?? now}` },
    events: [{ machine, id, account, event: { type: 'clock.reached', at: now } }],
    record: (applied) => {
      // An instance that did not move stays due for ever, unless another process has just fired its timer.
      if (applied.kind === 'applied' && !isStillDue(applied.results[0], { machine, now, lifecycles }))
        return []
      const error = applied.kind === 'failed' ? describeError(applied.error) : 'nothing waited for it'
      if (!failed.has(key)) log({ level: 'error', message: 'not woken', machine, id, error })
      failed.add(key)
      return []
    },
  }
}

function isStillDue(
  result: StepResult | undefined,
  { machine, now, lifecycles }: { machine: string; now: number; lifecycles: Lifecycles },
): boolean {
  if (result?.kind === 'moved') return false
  if (result?.kind !== 'unmoved') return true
  const wakeAt = lifecycles.lifecycleOf(machine).wakeAt(result.live)
  return wakeAt !== null && wakeAt <= now
}

function wakeAtOf(row: InstanceRow, lifecycles: Lifecycles): number | null {
  try {
    const lifecycle = lifecycles.lifecycleOf(row.machine)
    return lifecycle.wakeAt(lifecycle.read(row))
  } catch {
    return null
  }
}
