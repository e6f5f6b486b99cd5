/** The regions of an account. Stripe moves the first four independently; `hold` is moved by operators. */
import { others, region } from '../region.ts'
import type { AccountContext } from './context.ts'
import {
  CHARGES_STATES,
  deriveChargesState,
  deriveOnboardingState,
  derivePayoutsState,
  ONBOARDING_STATES,
  PAYOUTS_STATES,
} from './derive.ts'

export const CONNECTION_STATES = ['connected', 'disconnected'] as const
export type ConnectionState = (typeof CONNECTION_STATES)[number]
export const HOLD_STATES = ['none', 'held'] as const
export type HoldState = (typeof HOLD_STATES)[number]

/** What becomes due, and is handed in, moves an account between these once its details are submitted. */
const SUBMITTED = ['enabled', 'restricted_soon', 'restricted'] as const
/** Stripe may take any account into one of these at any time, and reinstates it to wherever it stands by then. */
const AT_ANY_TIME = ['in_review', 'suspended', 'rejected'] as const

export const accountRegions = {
  /** https://docs.stripe.com/connect/webhooks: `account.application.deauthorized`. */
  connection: region({
    states: CONNECTION_STATES,
    initial: 'connected',
    derive: ({ facts }: AccountContext) => facts.connection?.value ?? 'connected',
    edges: { connected: ['disconnected'], disconnected: ['connected'] },
  }),

  /**
   * https://docs.stripe.com/connect/dashboard#status-badges, and
   * https://docs.stripe.com/api/accounts/object#account_object-requirements-disabled_reason
   */
  onboarding: region({
    states: ONBOARDING_STATES,
    initial: 'created',
    derive: ({ facts, link_minted_at }: AccountContext) =>
      deriveOnboardingState(facts, link_minted_at !== null),
    edges: {
      // Only `started` is ours: a link was minted here. Details may be submitted without it, in Stripe's Dashboard.
      created: ['started', ...SUBMITTED, ...AT_ANY_TIME],
      started: [...SUBMITTED, ...AT_ANY_TIME],
      in_review: others(ONBOARDING_STATES, 'in_review'),
      enabled: [...others(SUBMITTED, 'enabled'), ...AT_ANY_TIME],
      restricted_soon: [...others(SUBMITTED, 'restricted_soon'), ...AT_ANY_TIME],
      restricted: [...others(SUBMITTED, 'restricted'), ...AT_ANY_TIME],
      suspended: others(ONBOARDING_STATES, 'suspended'),
      rejected: others(ONBOARDING_STATES, 'rejected'),
    },
  }),

  /** The `card_payments` capability: https://docs.stripe.com/connect/account-capabilities */
  charges: region({
    states: CHARGES_STATES,
    initial: 'unrequested',
    derive: ({ facts }: AccountContext) => deriveChargesState(facts),
    edges: {
      unrequested: ['inactive', 'pending', 'active'],
      inactive: ['unrequested', 'pending', 'active'],
      pending: ['unrequested', 'inactive', 'active'],
      // A capability stays active while Stripe verifies more, until it turns it off.
      active: ['unrequested', 'inactive'],
    },
  }),

  /** https://docs.stripe.com/connect/payouts-connected-accounts. A payout may fail days after it was made. */
  payouts: region({
    states: PAYOUTS_STATES,
    initial: 'off',
    derive: ({ facts }: AccountContext) => derivePayoutsState(facts),
    edges: { off: ['on', 'failing'], on: ['off', 'failing'], failing: ['off', 'on'] },
  }),
}
