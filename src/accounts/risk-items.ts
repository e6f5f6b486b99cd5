/** The `risk_items` of an account's status: requirements of Stripe's risk review, which no API call can meet. */
import { outstanding, riskPath } from '../../machines/account/derive.ts'
import type { AccountTruth } from '../../machines/account/facts.ts'

export const RISK_PATHS = ['form', 'challenge', 'support'] as const
export type RiskPath = (typeof RISK_PATHS)[number]

export interface RiskItem {
  requirement: string
  /** Stripe's name for the subject. */
  description: string
  /** How to answer it; null if this version does not know the way. */
  path: RiskPath | null
  detail: string
}

const DETAILS: Record<RiskPath, string> = {
  form: 'Answered in a form: by the holder through onboarding or their Dashboard, or by the platform in its own Dashboard.',
  challenge:
    'Answered by the holder in person through onboarding or their Dashboard, with a photo for example.',
  support: 'There is nothing to fill in. Stripe decides, or the platform asks Stripe’s support.',
}

export function riskItems(truth: AccountTruth | undefined): RiskItem[] {
  if (!truth) return []
  return outstanding(truth)
    .filter((requirement) => requirement.startsWith('interv_'))
    .map(toRiskItem)
}

/** Risk items are named `interv_<id>.<description>.<path>`. */
function toRiskItem(requirement: string): RiskItem {
  const [, description = ''] = requirement.split('.')
  const path = riskPath(requirement)
  const detail = path ? DETAILS[path] : 'The Stripe Dashboard says how to answer it.'
  return { requirement, description, path, detail }
}
