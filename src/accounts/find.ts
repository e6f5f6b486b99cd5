/** The account a route is about. */
import type { Row } from '../store/database.ts'
import { parseInstances } from '../store/instances.ts'
import type { InstanceRow } from '../store/rows.ts'
import { Problem } from '../http/problem.ts'

/** @throws Problem account_not_found */
export function foundAccount(rows: readonly Row[] | undefined, id: string): InstanceRow {
  const [row] = parseInstances(rows ?? [])
  if (row) return row
  throw new Problem('account_not_found', `No account ${id} is known here.`, { members: { account: id } })
}
