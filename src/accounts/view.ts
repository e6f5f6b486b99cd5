/** Builds the response bodies for an account from its stored state. */
import { account, accountBadge, type LiveAccount } from '../../machines/account/account.ts'
import { membersOf, suspects } from '../../machines/watermark.ts'
import { toTime } from '../http/time.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { TransitionRow } from '../store/transitions.ts'
import { explainGates } from './explain.ts'
import { nextStep } from './next-step.ts'
import { payoutStatus } from './payout-status.ts'
import { responsibilities } from './responsibilities.ts'
import { riskItems } from './risk-items.ts'
import { AccountState, type AccountBody, type AccountStatus } from './schemas.ts'

export function accountBody(live: LiveAccount, at: { createdAt: number; livemode: boolean }): AccountBody {
  const { context, value } = live
  const truth = context.facts.account?.value
  return {
    id: context.id,
    external_id: context.external_id,
    livemode: at.livemode,
    country: truth?.country ?? null,
    default_currency: truth?.default_currency ?? null,
    state: AccountState.parse(value),
    badge: accountBadge(live),
    next_step: nextStep(live),
    gates: explainGates(live),
    fee_policy: context.fee_policy,
    metadata: context.metadata,
    created_at: toTime(at.createdAt),
  }
}

export function accountStatus(
  live: LiveAccount,
  at: { row: InstanceRow; livemode: boolean; last: TransitionRow | undefined; effectsPending: number },
): AccountStatus {
  const { context, value } = live
  const { facts } = context
  const truth = facts.account?.value
  const responsible = facts.controller && responsibilities(facts.controller.value)
  return {
    account: context.id,
    external_id: context.external_id,
    livemode: at.livemode,
    state: AccountState.parse(value),
    badge: accountBadge(live),
    next_step: nextStep(live),
    gates: explainGates(live),
    disabled_reason: truth?.disabled_reason ?? null,
    requirements: { ...lists(truth?.requirements), errors: truth?.requirements.errors ?? [] },
    future_requirements: lists(truth?.future_requirements),
    risk_items: riskItems(truth),
    capabilities: Object.fromEntries(membersOf(facts.capabilities)),
    external_accounts: membersOf(facts.external_accounts).map(([id, external]) => ({ id, ...external })),
    payouts: payoutStatus(facts),
    hold: context.hold && { ...context.hold, at: toTime(context.hold.at) },
    responsibilities: responsible,
    dashboard_url: responsible?.dashboard.url ?? null,
    facts_as_of: facts.account && toTime(facts.account.as_of.to * 1000),
    verified_at: context.verified_at === null ? null : toTime(context.verified_at),
    suspect: suspects(facts).length > 0,
    suspect_facts: suspects(facts),
    version: context.seq,
    machine_version: at.row.version,
    last_transition: at.last ? { seq: at.last.seq, at: toTime(at.last.at), event: at.last.event } : null,
    effects_pending: at.effectsPending,
    allowed_events: account.accepts(live),
  }
}

type Truth = NonNullable<LiveAccount['context']['facts']['account']>['value']

function lists(requirements: Truth['future_requirements'] | undefined) {
  return {
    currently_due: requirements?.currently_due ?? [],
    eventually_due: requirements?.eventually_due ?? [],
    past_due: requirements?.past_due ?? [],
    pending_verification: requirements?.pending_verification ?? [],
    current_deadline:
      requirements?.current_deadline == null ? null : toTime(requirements.current_deadline * 1000),
  }
}
