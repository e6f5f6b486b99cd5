/** Which gates each state of an account closes, why, and who must act. Refusals, the picture and the tests read this. */
import type { Actor, Closure, Remedy, StateMeta } from '../gates.ts'
import type { Condition } from './conditions.ts'
import type { ChargesState, OnboardingState, PayoutsState } from './derive.ts'
import type { ConnectionState, HoldState } from './regions.ts'

export type AccountCode =
  | 'account_disconnected'
  | 'account_unsupported'
  | 'account_rejected'
  | 'account_suspended'
  | 'onboarding_not_started'
  | 'onboarding_incomplete'
  | 'onboarding_in_review'
  | 'requirements_past_due'
  | 'capability_inactive'
  | 'capability_pending'
  | 'capability_unrequested'
  | 'charges_disabled'
  | 'payouts_disabled'
  | 'payouts_failing'
  | 'operator_hold'

/** The statuses that Stripe's own Dashboard shows for an account. */
export const BADGES = [
  'restricted',
  'restricted_soon',
  'in_review',
  'enabled',
  'rejected',
  'disconnected',
] as const
export type Badge = (typeof BADGES)[number]

export interface AccountMeta extends StateMeta<AccountCode, Condition> {
  badge?: Badge
}

export const CLOSURES = {
  connection: {
    connected: {
      closes: [
        {
          gates: ['charge', 'payout', 'onboard'],
          code: 'account_unsupported',
          actor: 'platform',
          when: ['the account has another shape'],
        },
      ],
    },
    disconnected: {
      badge: 'disconnected',
      closes: [
        {
          gates: ['charge', 'refund', 'payout', 'onboard'],
          code: 'account_disconnected',
          actor: 'merchant',
        },
      ],
    },
  } satisfies Record<ConnectionState, AccountMeta>,

  onboarding: {
    created: {
      badge: 'restricted',
      closes: whileOff('onboarding_not_started', 'merchant', 'onboarding_link'),
    },
    started: {
      badge: 'restricted',
      closes: whileOff('onboarding_incomplete', 'merchant', 'onboarding_link'),
    },
    in_review: {
      badge: 'in_review',
      closes: [
        ...whileOff('onboarding_in_review', 'merchant', 'onboarding_link', ['the holder is asked for more']),
        ...whileOff('onboarding_in_review', 'stripe', undefined, ['the holder is asked for nothing more']),
      ],
    },
    enabled: { badge: 'enabled', closes: [] },
    restricted_soon: { badge: 'restricted_soon', closes: [] },
    restricted: {
      badge: 'restricted',
      closes: byHolder('requirements_past_due', ['requirements are past due']),
    },
    suspended: { badge: 'restricted', closes: byHolder('account_suspended') },
    rejected: {
      badge: 'rejected',
      closes: [
        {
          gates: ['charge', 'onboard'],
          code: 'account_rejected',
          actor: 'nobody',
          when: ['no appeal is open'],
        },
        {
          gates: ['charge'],
          code: 'account_rejected',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['an appeal is open'],
        },
        {
          gates: ['payout'],
          code: 'account_rejected',
          actor: 'nobody',
          when: ['payouts are off', 'no appeal is open'],
        },
        {
          gates: ['payout'],
          code: 'account_rejected',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['payouts are off', 'an appeal is open'],
        },
      ],
    },
  } satisfies Record<OnboardingState, AccountMeta>,

  charges: {
    unrequested: {
      closes: [
        {
          gates: ['charge'],
          code: 'capability_unrequested',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['details are not submitted'],
        },
        {
          gates: ['charge'],
          code: 'capability_unrequested',
          actor: 'platform',
          when: ['details are submitted'],
        },
      ],
    },
    inactive: {
      closes: [
        {
          gates: ['charge'],
          code: 'capability_inactive',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['the holder can act'],
        },
        {
          gates: ['charge'],
          code: 'capability_inactive',
          actor: 'stripe',
          when: ['the holder cannot act'],
        },
      ],
    },
    pending: { closes: [{ gates: ['charge'], code: 'capability_pending', actor: 'stripe' }] },
    active: {
      closes: [
        {
          gates: ['charge'],
          code: 'charges_disabled',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['charges_enabled is false', 'the holder can act'],
        },
        {
          gates: ['charge'],
          code: 'charges_disabled',
          actor: 'stripe',
          when: ['charges_enabled is false', 'the holder cannot act'],
        },
      ],
    },
  } satisfies Record<ChargesState, AccountMeta>,

  payouts: {
    off: {
      closes: [
        {
          gates: ['payout'],
          code: 'payouts_disabled',
          actor: 'merchant',
          remedy: 'onboarding_link',
          when: ['the holder can act'],
        },
        {
          gates: ['payout'],
          code: 'payouts_disabled',
          actor: 'stripe',
          when: ['the holder cannot act'],
        },
      ],
    },
    on: { closes: [] },
    failing: {
      closes: [
        {
          gates: ['payout'],
          code: 'payouts_failing',
          actor: 'merchant',
          remedy: 'dashboard',
          when: ['the holder must fix payouts'],
        },
        {
          gates: ['payout'],
          code: 'payouts_failing',
          actor: 'platform',
          remedy: 'refresh',
          when: ['the platform must fix payouts'],
        },
        {
          gates: ['payout'],
          code: 'payouts_failing',
          actor: 'stripe',
          when: ['Stripe retries payouts by itself'],
        },
        {
          gates: ['payout'],
          code: 'payouts_disabled',
          actor: 'stripe',
          when: ['payouts_enabled is false'],
        },
      ],
    },
  } satisfies Record<PayoutsState, AccountMeta>,

  hold: {
    none: { closes: [] },
    held: {
      closes: [{ gates: ['charge', 'payout'], code: 'operator_hold', actor: 'operator', remedy: 'release' }],
    },
  } satisfies Record<HoldState, AccountMeta>,
}

/** A stage of onboarding explains a gate that Stripe closes. It never closes one that Stripe keeps open. */
function whileOff(
  code: AccountCode,
  actor: Actor,
  remedy?: Remedy,
  also: readonly Condition[] = [],
): Closure<AccountCode, Condition>[] {
  const closure = { code, actor, ...(remedy && { remedy }) }
  return [
    { gates: ['charge'], ...closure, when: ['charges are off', ...also] },
    { gates: ['payout'], ...closure, when: ['payouts are off', ...also] },
  ]
}

/** The holder acts through onboarding while something is due from them; otherwise only Stripe can act. */
function byHolder(code: AccountCode, also: readonly Condition[] = []): Closure<AccountCode, Condition>[] {
  return [
    ...whileOff(code, 'merchant', 'onboarding_link', ['the holder can act', ...also]),
    ...whileOff(code, 'stripe', undefined, ['the holder cannot act', ...also]),
  ]
}
