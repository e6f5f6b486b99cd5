import { CORE_CAPABILITIES, capabilityStatus } from './capabilities.ts'
import type { AccountRecord } from './record.ts'
import { listed } from './requirements.ts'

export type Badge = 'disconnected' | 'rejected' | 'in_review' | 'restricted' | 'restricted_soon' | 'enabled'

/** What Stripe's Dashboard calls the state (https://docs.stripe.com/connect/dashboard#status-badges). */
export function badgeOf({ account, connected }: AccountRecord): Badge {
  const { requirements, charges_enabled: charges, payouts_enabled: payouts } = account
  const reason = requirements?.disabled_reason ?? ''
  if (!connected) return 'disconnected'
  if (reason.startsWith('rejected.')) return 'rejected'
  if (['requirements.pending_verification', 'under_review', 'listed'].includes(reason)) return 'in_review'
  const inactive = CORE_CAPABILITIES.some((name) => capabilityStatus(account, name) !== 'active')
  if (inactive || !charges || !payouts || listed(requirements?.past_due).length > 0) return 'restricted'
  const soon = listed(requirements?.currently_due).length > 0 && requirements?.current_deadline != null
  return soon ? 'restricted_soon' : 'enabled'
}
