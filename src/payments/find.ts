/** The payment of a route's path. A payment of another account is not found. */
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'

/** @throws Problem payment_not_found */
export function foundPayment(row: InstanceRow | null, of: { account: string; payment: string }): InstanceRow {
  if (row?.account === of.account) return row
  throw new Problem('payment_not_found', `The account ${of.account} has no payment ${of.payment} here.`, {
    members: of,
  })
}
