/** Asks Stripe and takes the answer in: what a suspect fact, an old one, an operator or a returning merchant calls for. */
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import { suspects } from '../../machines/watermark.ts'
import type { InstanceRow } from '../store/instances.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import type { UnitOfWork, Cause, AdvanceResult } from './unit-of-work.ts'
import { look, type FetchDeps } from './look.ts'
import { loadedFrom } from './plan.ts'

/** @throws what the Stripe call or the database throws; nothing is recorded then. */
export async function refresh(
  deps: AdvanceDeps & FetchDeps,
  row: InstanceRow,
  cause: Cause,
  record?: UnitOfWork['record'],
): Promise<AdvanceResult | undefined> {
  const { id, account, seq } = row
  const machine = row.machine as MachineName
  const suspect = suspects(lifecycleOf(machine).read(row).context.facts)
  const isOwed = cause.kind === 'effect'
  const subject = { machine, id, account, seq, suspect, isOwed, explain: explains(cause) }
  const events = await look(deps, subject)
  const unit = { cause, events, ...(record && { record }) }
  const [outcome] = await advance(deps, [unit], loadedFrom(machine, id, row))
  return outcome
}

/** Whoever waits at a gate waits for what decides. Who looks at an account to see how it is wants all of it. */
function explains({ kind }: Cause): boolean {
  return kind === 'operator' || kind === 'reconciler'
}
