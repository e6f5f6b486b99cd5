/** The account that a route names. */
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'

/** @throws Problem account_not_found */
export function foundAccount(row: InstanceRow | null, id: string): InstanceRow {
  if (row) return row
  throw new Problem('account_not_found', `No account ${id} is known here.`, { members: { account: id } })
}
