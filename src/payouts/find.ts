/** The payout of a route's path. A payout of another account is not found. */
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'

/** @throws Problem payout_not_found */
export function foundPayout(row: InstanceRow | null, of: { account: string; payout: string }): InstanceRow {
  if (row?.account === of.account) return row
  throw new Problem('payout_not_found', `The account ${of.account} has no payout ${of.payout} here.`, {
    members: of,
  })
}
