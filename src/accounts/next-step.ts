/**
 * Where an account stands as its holder would put it, and who does what next: one of situations that ask for different
 * screens. One card for several of them sends people through a form they have finished.
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import {
  holderCanAct,
  isAskedForMore,
  outstanding,
  type OnboardingState,
} from '../../machines/account/derive.ts'
import { addressOf, explainGate, type ExplainedBlocker } from './explain.ts'
import { toTime } from '../http/time.ts'

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
  const of = (region: string) => blockers.find((blocker) => blocker.region === region)
  const connection = of('connection')
  if (connection) {
    const situation = connection.code === 'account_disconnected' ? 'disconnected' : 'unsupported'
    return said(situation, connection)
  }
  const onboarding = live.value['onboarding'] as OnboardingState
  const blocker = of('onboarding')
  if (blocker) return said(SITUATION_OF[onboarding], blocker)
  if (onboarding === 'enabled') return standing(live, { hold: of('hold'), payouts: of('payouts') })
  if (onboarding === 'restricted_soon') return asked(live)
  // Nothing is past due, and still something does not work: the region that is off knows why.
  const other = of('charges') ?? of('payouts')
  if (other) return said(SITUATION_OF[onboarding], other)
  const isUnfinished = onboarding === 'restricted' || onboarding === 'in_review'
  if (isUnfinished && isAskedForMore(live.context.facts)) return asked(live)
  return { situation: SITUATION_OF[onboarding], actor: 'stripe', detail: MEANWHILE }
}

/** Onboarding is done. It is no more than that: the money may be stopped all the same, or something be due one day. */
function standing(
  live: LiveAccount,
  { hold, payouts }: { hold: ExplainedBlocker | undefined; payouts: ExplainedBlocker | undefined },
): NextStep {
  if (hold) return said('on_hold', hold)
  if (payouts) return said('payouts_stopped', payouts)
  const truth = live.context.facts.account?.value
  if (truth && outstanding(truth).length > 0) return asked(live)
  return { situation: 'ready', actor: 'nobody', detail: 'Nothing is asked of anybody.' }
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

const MEANWHILE = 'Stripe is looking at something. Payments and payouts go on meanwhile.'

function said(situation: Situation, blocker: ExplainedBlocker): NextStep {
  const { actor, detail, requirements, deadline, remedy } = blocker
  // What nobody but Stripe can act on is not an action needed of the holder; what the holder can act on does not wait.
  const waits = situation === 'action_needed' && actor === 'stripe'
  const needs = situation === 'waiting_on_stripe' && actor === 'merchant'
  return {
    situation: waits ? 'waiting_on_stripe' : needs ? 'action_needed' : situation,
    actor,
    detail,
    ...(requirements && { requirements }),
    ...(deadline && { deadline }),
    ...(remedy && { remedy }),
  }
}

/** Everything still works, and will not always: no gate says so yet. */
function asked({ context }: LiveAccount): NextStep {
  const truth = context.facts.account?.value
  const deadline = truth?.requirements.current_deadline
  const what = {
    requirements: truth ? outstanding(truth) : [],
    ...(deadline != null && { deadline: toTime(deadline * 1000) }),
  }
  if (!holderCanAct(context.facts))
    return { situation: 'waiting_on_stripe', actor: 'stripe', detail: MEANWHILE, ...what }
  return {
    situation: 'action_needed',
    actor: 'merchant',
    detail: `Stripe needs the listed items${deadline == null ? '' : ' by the deadline'}. Payments and payouts go on meanwhile; a new onboarding link takes the account holder to the form.`,
    ...what,
    remedy: addressOf('onboarding_link', context.id),
  }
}
