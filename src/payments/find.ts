/** The payment a route is about. One of another account does not exist here. */
import { Problem } from '../http/problem.ts'
import type { Row } from '../store/database.ts'
import { parseInstances } from '../store/instances.ts'
import type { InstanceRow } from '../store/rows.ts'

/** @throws Problem payment_not_found */
export function foundPayment(
  rows: readonly Row[] | undefined,
  of: { account: string; payment: string },
): InstanceRow {
  const [row] = parseInstances(rows ?? [])
  if (row?.account === of.account) return row
  throw new Problem('payment_not_found', `The account ${of.account} has no payment ${of.payment} here.`, {
    members: of,
  })
}
