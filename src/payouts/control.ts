/**
 * What the account's controller lets this platform do about its payouts: everything but the holding time, if the account
 * was made by the platform; nothing, if it joined as an account of its own.
 * https://docs.stripe.com/connect/platform-controls-for-stripe-dashboard-accounts
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import { isSupportedShape } from '../../machines/account/derive.ts'
import { Problem } from '../http/problem.ts'

/** @throws Problem payouts_not_controlled */
export function requireControl({ context }: LiveAccount): void {
  const reason = uncontrolled(context.facts)
  if (reason === null) return
  throw new Problem('payouts_not_controlled', DETAILS[reason], { members: { account: context.id, reason } })
}

type Reason = 'no_platform_controls' | 'unsupported_shape' | 'controller_unknown'

function uncontrolled(facts: LiveAccount['context']['facts']): Reason | null {
  const shape = facts.controller?.value
  if (!shape) return 'controller_unknown'
  if (!isSupportedShape(facts)) return 'unsupported_shape'
  return shape.is_controller ? null : 'no_platform_controls'
}

const DETAILS: Record<Reason, string> = {
  no_platform_controls:
    'The platform has no controls over this account: payouts and their schedule are its holder’s own, in the Stripe Dashboard.',
  unsupported_shape: 'The account was made in a shape that cannot be served here; it is read only.',
  controller_unknown: 'Stripe has not told yet who controls the account.',
}
