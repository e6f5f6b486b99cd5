import type { AccountRecord } from '../core/records.ts'
import { CORE_CAPABILITIES, capabilityStatus } from './capabilities.ts'
import { orEmpty } from './requirements.ts'

export type StatusBadge =
  | 'disconnected'
  | 'rejected'
  | 'in_review'
  | 'restricted'
  | 'restricted_soon'
  | 'enabled'

/** The status badge in Stripe's Dashboard (https://docs.stripe.com/connect/dashboard#status-badges). */
export function statusBadge({ account, connected }: AccountRecord): StatusBadge {
  const { requirements, charges_enabled: charges, payouts_enabled: payouts } = account
  const reason = requirements?.disabled_reason ?? ''
  if (!connected) return 'disconnected'
  if (reason.startsWith('rejected.')) return 'rejected'
  if (['requirements.pending_verification', 'under_review', 'listed'].includes(reason)) return 'in_review'
  const inactive = CORE_CAPABILITIES.some((name) => capabilityStatus(account, name) !== 'active')
  if (inactive || !charges || !payouts || orEmpty(requirements?.past_due).length > 0) return 'restricted'
  const soon = orEmpty(requirements?.currently_due).length > 0 && requirements?.current_deadline != null
  return soon ? 'restricted_soon' : 'enabled'
}
