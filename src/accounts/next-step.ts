/**
 * Sums an account up in one situation, and says who does what next. Each situation needs a screen of its own: one screen
 * for several situations sends holders through a form they have already finished.
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import {
  holderCanAct,
  isAskedForMore,
  outstanding,
  type OnboardingState,
} from '../../machines/account/derive.ts'
import { toTime } from '../http/time.ts'
import { addressOf, explainGate, type ExplainedBlocker } from './explain.ts'

export const SITUATIONS = [
  'never_started',
  'left_midway',
  'waiting_on_stripe',
  'action_needed',
  'paused_by_stripe',
  'rejected',
  'ready',
  'payouts_stopped',
  'on_hold',
  'disconnected',
  'unsupported',
] as const
export type Situation = (typeof SITUATIONS)[number]

export type NextStep = { situation: Situation } & Pick<
  ExplainedBlocker,
  'actor' | 'detail' | 'requirements' | 'deadline' | 'remedy'
>

export function nextStep(live: LiveAccount): NextStep {
  const blockers = [...explainGate('charge', live).blockers, ...explainGate('payout', live).blockers]
  const blockerIn = (region: string) => blockers.find((blocker) => blocker.region === region)
  const connection = blockerIn('connection')
  if (connection) {
    const situation = connection.code === 'account_disconnected' ? 'disconnected' : 'unsupported'
    return fromBlocker(situation, connection)
  }
  const onboarding = live.value['onboarding'] as OnboardingState
  const situation = SITUATION_OF[onboarding]
  const onboardingBlocker = blockerIn('onboarding')
  if (onboardingBlocker) return fromBlocker(situation, onboardingBlocker)
  const [hold, charges, payouts] = [blockerIn('hold'), blockerIn('charges'), blockerIn('payouts')]
  if (onboarding === 'enabled') {
    if (hold) return fromBlocker('on_hold', hold)
    if (payouts) return fromBlocker('payouts_stopped', payouts)
    const truth = live.context.facts.account?.value
    if (truth && outstanding(truth).length > 0) return fromRequirements(live)
    return { situation, actor: 'nobody', detail: 'Nobody needs to act.' }
  }
  if (onboarding === 'restricted_soon') return fromRequirements(live)
  // No requirement is past due. If charges or payouts are off all the same, their blocker knows why.
  const other = charges ?? payouts
  if (other) return fromBlocker(situation, other)
  const isUnfinished = onboarding === 'restricted' || onboarding === 'in_review'
  if (isUnfinished && isAskedForMore(live.context.facts)) return fromRequirements(live)
  return { situation, actor: 'stripe', detail: STRIPE_IS_CHECKING }
}

const SITUATION_OF: Record<OnboardingState, Situation> = {
  created: 'never_started',
  started: 'left_midway',
  in_review: 'waiting_on_stripe',
  enabled: 'ready',
  restricted_soon: 'action_needed',
  restricted: 'action_needed',
  suspended: 'paused_by_stripe',
  rejected: 'rejected',
}

const STRIPE_IS_CHECKING = 'Stripe is checking something. Payments and payouts continue meanwhile.'

function fromBlocker(situation: Situation, blocker: ExplainedBlocker): NextStep {
  const { actor, detail, requirements, deadline, remedy } = blocker
  return {
    situation: forActor(situation, actor),
    actor,
    detail,
    ...(requirements && { requirements }),
    ...(deadline && { deadline }),
    ...(remedy && { remedy }),
  }
}

/** Whether the holder acts or waits depends on who can act. */
function forActor(situation: Situation, actor: ExplainedBlocker['actor']): Situation {
  if (situation === 'action_needed' && actor === 'stripe') return 'waiting_on_stripe'
  if (situation === 'waiting_on_stripe' && actor === 'merchant') return 'action_needed'
  return situation
}

/** Requirements are due, but no gate is closed yet. */
function fromRequirements({ context }: LiveAccount): NextStep {
  const truth = context.facts.account?.value
  const deadline = truth?.requirements.current_deadline
  const due = {
    requirements: truth ? outstanding(truth) : [],
    ...(deadline != null && { deadline: toTime(deadline * 1000) }),
  }
  if (!holderCanAct(context.facts))
    return { situation: 'waiting_on_stripe', actor: 'stripe', detail: STRIPE_IS_CHECKING, ...due }
  return {
    situation: 'action_needed',
    actor: 'merchant',
    detail: `Stripe needs the listed requirements${deadline == null ? '' : ' by the deadline'}. Payments and payouts continue meanwhile. A new onboarding link takes the account holder to the form.`,
    ...due,
    remedy: addressOf('onboarding_link', context.id),
  }
}
