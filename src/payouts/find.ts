/** The payout a route is about, with its account. One of another account does not exist here. */
import { foundAccount } from '../accounts/find.ts'
import { Problem } from '../http/problem.ts'
import type { Row } from '../store/database.ts'
import { parseInstances } from '../store/instances.ts'
import type { InstanceRow } from '../store/rows.ts'

/** @throws Problem account_not_found, payout_not_found */
export function foundPayout(
  [accountRows, payoutRows]: readonly Row[][],
  of: { account: string; payout: string },
): { account: InstanceRow; payout: InstanceRow } {
  const account = foundAccount(accountRows, of.account)
  const [payout] = parseInstances(payoutRows ?? [])
  if (payout?.account === of.account) return { account, payout }
  throw new Problem('payout_not_found', `The account ${of.account} has no payout ${of.payout} here.`, {
    members: of,
  })
}
