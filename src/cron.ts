/** What the clock sets going, every minute: waits that have ended, and effects still owed. */
import { lifecycleOf, MACHINES, type MachineName } from '../machines/lifecycles.ts'
import { advance } from './advance/advance.ts'
import type { Arrival, Happening } from './advance/arrival.ts'
import type { Deps } from './deps.ts'
import { drainOutbox } from './outbox/run-effects.ts'
import { parseInstances, selectDue } from './store/instances.ts'

/** Well inside the minute until the next run, which takes up whatever is left. */
const BUDGET_MS = 45_000
const WAKES = 100

export async function runCron(deps: Deps): Promise<void> {
  const until = deps.now() + BUDGET_MS
  const woken = await wake(deps)
  const ran = await drainOutbox(deps, until)
  deps.log({ level: 'info', message: 'cron', woken, effects: ran, machines: MACHINES.length })
}

/** Tells every instance whose wait has ended that it has. */
async function wake(deps: Deps): Promise<number> {
  const now = deps.now()
  const [rows = []] = await deps.db.read([selectDue(now, WAKES)])
  const arrivals = parseInstances(rows).map((row): Arrival => {
    const machine = row.machine as MachineName
    const due = lifecycleOf(machine).wakeAt(lifecycleOf(machine).read(row))
    const happening = { machine, id: row.id, account: row.account, event: { type: 'clock.reached', at: now } }
    return { cause: { kind: 'clock', id: `${row.id}@${due ?? now}` }, happenings: [happening as Happening] }
  })
  if (arrivals.length > 0) await advance(deps, arrivals)
  return arrivals.length
}
