import type Stripe from 'stripe'
import { invalidParameter } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { statuses } from './capabilities.ts'
import type { AccountRecord } from './record.ts'
import { initialRequirements, listed } from './requirements.ts'

type Wishes = Readonly<Record<string, { readonly requested?: boolean } | undefined>>

/** Requesting is answered at once when nothing stands in the way; unrequesting takes the capability away. */
export function requestCapabilities(
  { clock }: World,
  { account, requested }: AccountRecord,
  wishes: object | undefined,
): { requested: Readonly<Record<string, number>>; account: Partial<Stripe.Account> } {
  if (wishes === undefined) return { requested, account: {} }
  const next = { ...requested }
  const status = { ...statuses(account) }
  const settled = account.details_submitted && listed(account.requirements?.past_due).length === 0
  for (const [name, wish] of Object.entries(wishes as Wishes)) {
    if (wish?.requested === true && next[name] === undefined) {
      next[name] = clock.seconds()
      status[name] = settled && account.requirements?.disabled_reason == null ? 'active' : 'inactive'
    }
    if (wish?.requested === false) {
      delete next[name]
      delete status[name]
    }
  }
  if (next['card_payments'] !== undefined && next['transfers'] === undefined) {
    throw invalidParameter(
      'The card_payments capability requires the transfers capability to be requested as well.',
      {
        param: 'capabilities',
      },
    )
  }
  return { requested: next, account: { capabilities: status, ...consequences(account, status, next) } }
}

/** Charging needs card payments. An account that asked for nothing is told to ask for something. */
function consequences(
  account: Stripe.Account,
  status: Readonly<Record<string, Stripe.Capability['status']>>,
  requested: Readonly<Record<string, number>>,
): Partial<Stripe.Account> {
  const any = Object.keys(requested).length > 0
  const { requirements } = account
  const unasked = requirements?.disabled_reason === 'action_required.requested_capabilities'
  const [was, is] = [statuses(account)['card_payments'], status['card_payments']]
  return {
    ...(was === is ? {} : { charges_enabled: is === 'active' && account.details_submitted }),
    ...(unasked && any ? { requirements: { ...initialRequirements(account, true) } } : {}),
    ...(!any && requirements !== undefined
      ? {
          requirements: {
            ...requirements,
            disabled_reason: 'action_required.requested_capabilities' as const,
          },
        }
      : {}),
  }
}
