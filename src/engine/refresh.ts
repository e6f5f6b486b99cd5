/** Fetches an instance's object from Stripe and applies the answer. */
import { suspects } from '../../machines/watermark.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { FetchDeps } from './adapter.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import { loadedFrom } from './plan.ts'
import type { AdvanceResult, Cause, UnitOfWork } from './unit-of-work.ts'

/** @throws what the Stripe call or the database throws; nothing is recorded then */
export async function refresh(
  deps: AdvanceDeps & FetchDeps,
  row: InstanceRow,
  cause: Cause,
  record?: UnitOfWork['record'],
): Promise<AdvanceResult | undefined> {
  const { machine, id, account, seq } = row
  const { lifecycle, fetch } = deps.lifecycles.adapterOf(machine)
  const { context } = lifecycle.read(row)
  const suspect = suspects(context.facts)
  const isOwed = cause.kind === 'effect'
  // A gate needs only the facts that decide it. An operator and the reconciler want everything.
  const withDetails = cause.kind === 'operator' || cause.kind === 'reconciler'
  const events = await fetch(deps, { id, account, seq, context, suspect, isOwed, withDetails })
  const unit = { cause, events, ...(record && { record }) }
  const [result] = await advance(deps, [unit], loadedFrom(machine, id, row))
  return result
}
