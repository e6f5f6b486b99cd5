/** Asks Stripe and takes the answer in: what a suspect fact, an old one, an operator or a returning merchant calls for. */
import type { MachineName } from '../../machines/lifecycles.ts'
import type { InstanceRow } from '../store/rows.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import type { Arrival, Cause, Outcome } from './arrival.ts'
import { look, type LookDeps } from './look.ts'
import { knownAs } from './plan.ts'

/** @throws what the Stripe call or the database throws; nothing is recorded then. */
export async function refresh(
  deps: AdvanceDeps & LookDeps,
  row: InstanceRow,
  cause: Cause,
  record?: Arrival['record'],
): Promise<Outcome | undefined> {
  const machine = row.machine as MachineName
  const happenings = await look(deps, { machine, id: row.id, account: row.account, seq: row.seq })
  const arrival = { cause, happenings, ...(record && { record }) }
  const [outcome] = await advance(deps, [arrival], knownAs(machine, row.id, row))
  return outcome
}
