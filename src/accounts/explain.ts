/** Explains why a gate is closed: the text and the facts behind it, for refusals and for the status alike. */
import { accountBlockers, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountCode } from '../../machines/account/closures.ts'
import { failingDestinations } from '../../machines/account/destinations.ts'
import { outstanding, riskPath } from '../../machines/account/derive.ts'
import { GATES, type Actor, type Blocker, type Gate, type Remedy } from '../../machines/gates.ts'
import { FAILURE_CLASSES } from '../../machines/account/payout-failure.ts'
import { toTime } from '../http/time.ts'
import { destinationDetail } from './payout-status.ts'
import { DASHBOARD_URL, unsupportedDetail } from './responsibilities.ts'

export interface ExplainedBlocker {
  code: AccountCode
  region: string
  state: string
  actor: Actor
  detail: string
  /** The requirements Stripe waits for, by Stripe's names. */
  requirements?: string[]
  /** When they are due, RFC 3339. */
  deadline?: string
  remedy?: { method: 'GET' | 'POST'; href: string }
}

export interface GateView {
  open: boolean
  blockers: ExplainedBlocker[]
}

export function explainGate(gate: Gate, live: LiveAccount): GateView {
  const blockers = accountBlockers(gate, live).map((blocker) => explain(blocker, live))
  return { open: blockers.length === 0, blockers }
}

export function explainGates(live: LiveAccount): Record<Gate, GateView> {
  return Object.fromEntries(GATES.map((gate) => [gate, explainGate(gate, live)])) as Record<Gate, GateView>
}

/** Blockers that end once requirements are met, so they list the requirements. */
const ABOUT_REQUIREMENTS = new Set<AccountCode>([
  'account_rejected',
  'account_suspended',
  'onboarding_incomplete',
  'onboarding_in_review',
  'onboarding_not_started',
  'requirements_past_due',
  'capability_inactive',
  'charges_disabled',
  'payouts_disabled',
])

function explain(blocker: Blocker<AccountCode>, live: LiveAccount): ExplainedBlocker {
  const { remedy, ...rest } = blocker
  const truth = live.context.facts.account?.value
  const due = truth && ABOUT_REQUIREMENTS.has(blocker.code) ? requirementsBehind(blocker, live) : []
  const deadline = truth?.requirements.current_deadline
  return {
    ...rest,
    detail: DETAILS[blocker.code](live, blocker),
    ...(due.length > 0 && { requirements: due }),
    ...(due.length > 0 && deadline != null && { deadline: toTime(deadline * 1000) }),
    ...(remedy && { remedy: addressOf(remedy, live.context.id) }),
  }
}

function requirementsBehind({ code, actor }: Blocker<AccountCode>, { context }: LiveAccount): string[] {
  const truth = context.facts.account?.value
  // Stripe may still list requirements that nobody can hand in any more.
  if (!truth || actor === 'nobody') return []
  // A rejected account can only appeal, and an appeal consists of risk items.
  if (code === 'account_rejected') return outstanding(truth).filter((item) => riskPath(item) !== null)
  const isStripeChecking = code === 'onboarding_in_review' && actor === 'stripe'
  return isStripeChecking ? truth.requirements.pending_verification : outstanding(truth)
}

const DETAILS: Record<AccountCode, (live: LiveAccount, blocker: Blocker) => string> = {
  account_disconnected: () =>
    'The account is no longer connected to this platform. Its holder must connect it again first.',
  account_unsupported: ({ context }) => unsupportedDetail(context.facts.controller?.value),
  account_rejected: ({ context }) =>
    `Stripe rejected the account (${context.facts.account?.value.disabled_reason ?? 'no reason given'}).`,
  account_suspended: ({ context }) =>
    `Stripe has paused the account (${context.facts.account?.value.disabled_reason ?? 'no reason given'}).`,
  onboarding_not_started: () =>
    'The account holder has not started onboarding. Send them an onboarding link.',
  onboarding_incomplete: () =>
    'The account holder left onboarding unfinished. Send them a new onboarding link to continue.',
  onboarding_in_review: (_, { actor }) =>
    actor === 'stripe'
      ? 'Stripe is reviewing the submitted details, usually within two days. Nobody needs to act.'
      : 'Stripe is reviewing the submitted details and also needs the listed requirements. The account holder can submit them meanwhile.',
  requirements_past_due: () =>
    'Stripe’s deadline for the listed requirements has passed. The account holder can still submit them.',
  capability_inactive: () => 'Stripe has not activated card payments for the account.',
  capability_pending: () => 'Stripe is checking whether the account may take card payments.',
  capability_unrequested: ({ context }) =>
    context.facts.account?.value.details_submitted === true
      ? 'Card payments were never requested for the account.'
      : 'Stripe requests card payments for the account when its holder completes onboarding.',
  charges_disabled: () => 'Stripe does not let the account take payments at the moment.',
  payouts_disabled: () => 'Stripe does not pay out to the account at the moment.',
  payouts_failing: ({ context }, { actor }) =>
    failingDestinations(context.facts)
      .filter(({ needs }) => FAILURE_CLASSES[needs].actor === actor)
      .map(destinationDetail)
      .join(' '),
  operator_hold: ({ context }) =>
    `An operator holds the account: ${context.hold?.reason ?? 'no reason given'}`,
}

export function addressOf(remedy: Remedy, account: string): { method: 'GET' | 'POST'; href: string } {
  switch (remedy) {
    case 'onboarding_link':
      return { method: 'POST', href: `/v1/accounts/${account}/onboarding_links` }
    case 'release':
      return { method: 'POST', href: `/v1/accounts/${account}/release` }
    case 'refresh':
      return { method: 'POST', href: `/v1/accounts/${account}/refresh` }
    case 'dashboard':
      return { method: 'GET', href: DASHBOARD_URL }
  }
}
