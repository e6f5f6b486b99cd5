/**
 * Whether the platform controls the account's payouts. It does if it created the account, except for how long Stripe holds
 * money; it does not if an existing account connected to it.
 * https://docs.stripe.com/connect/platform-controls-for-stripe-dashboard-accounts
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import { isSupportedShape } from '../../machines/account/derive.ts'
import { Problem } from '../http/problem.ts'

/** @throws Problem payouts_not_controlled */
export function requireControl({ context }: LiveAccount): void {
  const reason = reasonOf(context.facts)
  if (reason === null) return
  throw new Problem('payouts_not_controlled', DETAILS[reason], { members: { account: context.id, reason } })
}

type Reason = 'no_platform_controls' | 'unsupported_shape' | 'controller_unknown'

/** Null: the platform controls the payouts. */
function reasonOf(facts: LiveAccount['context']['facts']): Reason | null {
  const controller = facts.controller?.value
  if (!controller) return 'controller_unknown'
  if (!isSupportedShape(facts)) return 'unsupported_shape'
  return controller.is_controller ? null : 'no_platform_controls'
}

const DETAILS: Record<Reason, string> = {
  no_platform_controls:
    'The platform does not control this account: its holder manages payouts and their schedule in the Stripe Dashboard.',
  unsupported_shape: 'The account has a shape that Gatehouse does not support; it is read-only.',
  controller_unknown:
    'Stripe has not yet shown who controls the account. Refresh the account, then try again.',
}
