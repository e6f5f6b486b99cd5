/** What Stripe's risk review asks about: items that stand among the requirements and that no API call answers. */
import { outstanding, riskPath } from '../../machines/account/derive.ts'
import type { AccountTruth } from '../../machines/account/facts.ts'

export const RISK_PATHS = ['form', 'challenge', 'support'] as const
export type RiskPath = (typeof RISK_PATHS)[number]

export interface RiskItem {
  requirement: string
  /** What it is about, in Stripe's word. */
  description: string
  /** How it is answered; null: in a way this build does not know. */
  path: RiskPath | null
  detail: string
}

const DETAILS: Record<RiskPath, string> = {
  form: 'Answered in a form: by the holder through onboarding or their Dashboard, or by the platform in its own Dashboard.',
  challenge:
    'Answered by the holder in person through onboarding or their Dashboard, with a photo for example.',
  support: 'Nothing to fill in: it is for Stripe to decide, or for Stripe’s support to be asked.',
}

export function riskItems(truth: AccountTruth | undefined): RiskItem[] {
  return truth ? outstanding(truth).flatMap((requirement) => toRiskItem(requirement)) : []
}

/** `interv_<id>.<description>.<path>` */
function toRiskItem(requirement: string): RiskItem[] {
  const [head = '', description = ''] = requirement.split('.')
  if (!head.startsWith('interv_')) return []
  const path = riskPath(requirement)
  return [
    {
      requirement,
      description,
      path,
      detail: path ? DETAILS[path] : 'Stripe says in the Dashboard how it is answered.',
    },
  ]
}
