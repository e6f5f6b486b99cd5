/** Tells every instance whose wait has ended that it has. */
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import { describeError, type Log } from '../log.ts'
import { selectDue, type InstanceRow } from '../store/instances.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import type { UnitOfWork, InstanceEvent, StepResult } from './unit-of-work.ts'

const SOME = 100

/** How many were told. One that cannot be read is left to wait, and is in nobody's way. */
export async function wake(deps: AdvanceDeps, until: number): Promise<number> {
  const failed = new Set<string>()
  let woken = 0
  for (;;) {
    const now = deps.now()
    // oxlint-disable-next-line no-await-in-loop
    const [rows] = await deps.db.read([selectDue(now, SOME + failed.size)])
    const due = rows.filter((row) => !failed.has(keyOf(row)))
    const units = due.map((row) => unitOf(row, { now, failed, log: deps.log }))
    // oxlint-disable-next-line no-await-in-loop
    if (units.length > 0) await advance(deps, units)
    woken += due.length
    if (due.length < SOME || deps.now() >= until) return woken - failed.size
  }
}

function unitOf(row: InstanceRow, at: { now: number; failed: Set<string>; log: Log }): UnitOfWork {
  const { machine, id, account } = row
  const event = { type: 'clock.reached', at: at.now }
  return {
    cause: { kind: 'clock', id: `${id}@${wakeAtOf(row) ?? at.now}` },
    events: [{ machine, id, account, event } as InstanceEvent],
    record: (taken) => {
      // What changed nothing would be due for ever, unless another had just woken it.
      if (taken.kind === 'applied' && !isDue(taken.results[0], machine as MachineName, at.now)) return []
      const error = taken.kind === 'failed' ? describeError(taken.error) : 'nothing waited for it'
      if (!at.failed.has(keyOf(row))) at.log({ level: 'error', message: 'not woken', machine, id, error })
      at.failed.add(keyOf(row))
      return []
    },
  }
}

function isDue(result: StepResult | undefined, machine: MachineName, now: number): boolean {
  if (result?.kind === 'moved') return false
  if (result?.kind !== 'unmoved') return true
  const wakeAt = lifecycleOf(machine).wakeAt(result.live)
  return wakeAt !== null && wakeAt <= now
}

function wakeAtOf(row: InstanceRow): number | null {
  try {
    const lifecycle = lifecycleOf(row.machine as MachineName)
    return lifecycle.wakeAt(lifecycle.read(row))
  } catch {
    return null
  }
}

function keyOf({ machine, id }: InstanceRow): string {
  return `${machine}:${id}`
}
