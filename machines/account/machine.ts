/**
 * The life of a connected account, in five regions that Stripe moves independently. Four of them are read off Stripe's
 * facts after each look, so a state never depends on the order in which the facts came; `hold` is the operators' own.
 * What a state forbids stands in its `meta`.
 */
import { assign, enqueueActions, raise, setup } from 'xstate'
import type { Effect } from '../effects.ts'
import type { Actor, Closure, Remedy, StateMeta } from '../gates.ts'
import { observe, unanswered, unobservedContext, type ObservedEvent } from '../observation.ts'
import { observationTimes, type Verdict } from '../watermark.ts'
import { afterAnswer, afterPayout } from './after-payout.ts'
import type { Condition } from './conditions.ts'
import type { AccountContext, AccountInput } from './context.ts'
import { nextDeadline } from './deadline.ts'
import type { AccountEvent } from './events.ts'
import { INFORMATIONAL, NO_FACTS, type AccountFacts, type Connection } from './facts.ts'
import {
  deriveChargesState,
  deriveOnboardingState,
  derivePayoutsState,
  type ChargesState,
  type OnboardingState,
  type PayoutsState,
} from './derive.ts'

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

/** The words Stripe's own Dashboard puts on an account. */
export type Badge = 'restricted' | 'restricted_soon' | 'in_review' | 'enabled' | 'rejected' | 'disconnected'

export interface AccountMeta extends StateMeta<AccountCode, Condition> {
  badge?: Badge
}

export const accountMachine = setup({
  types: {
    context: {} as AccountContext,
    events: {} as AccountEvent,
    input: {} as AccountInput,
    meta: {} as AccountMeta,
  },
  actions: {
    request: (_, _effect: Effect) => {},
    note: (_, _verdict: Verdict) => {},
  },
  guards: {
    connectionIs: ({ context }, state: 'connected' | 'disconnected') =>
      context.facts.connection?.value === state,
    onboardingIs: ({ context }, state: OnboardingState) =>
      deriveOnboardingState(context.facts, context.link_minted_at !== null) === state,
    chargesAre: ({ context }, state: ChargesState) => deriveChargesState(context.facts) === state,
    payoutsAre: ({ context }, state: PayoutsState) => derivePayoutsState(context.facts) === state,
    isNameless: ({ context }) => context.external_id === null,
    deadlinePassed: ({ context, event }) => {
      const deadline = nextDeadline(context)
      return event.type === 'clock.reached' && deadline !== null && deadline * 1000 <= event.at
    },
  },
}).createMachine({
  id: 'account',
  type: 'parallel',
  context: ({ input }) => ({
    ...unobservedContext,
    ...input,
    link_minted_at: null,
    hold: null,
    deadline_noticed: null,
    facts: NO_FACTS,
  }),
  on: {
    'stripe.observed': {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { verdict, ...observed } = observe(context, event, doubtConnection, INFORMATIONAL)
        const { now, effects } = afterAnswer(context, event, observed)
        enqueue.assign(now)
        enqueue({ type: 'note', params: verdict })
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        if (isBack(context.facts, now.facts, event)) {
          enqueue({ type: 'request', params: { kind: 'recheck', after_ms: 0 } })
        }
        enqueue.raise({ type: 'facts.changed' })
      }),
    },
    'stripe.unobservable': { actions: assign(({ context, event }) => unanswered(context, event)) },
    'account.named': {
      guard: 'isNameless',
      actions: assign({ external_id: ({ event }) => event.external_id }),
    },
    'account.described': {
      actions: assign(({ event: { metadata, fee_policy } }) => ({ metadata, fee_policy })),
    },
    'onboarding.link_minted': {
      actions: [
        assign({ link_minted_at: ({ context, event }) => context.link_minted_at ?? event.at }),
        raise({ type: 'facts.changed' }),
      ],
    },
    'fee_policy.set': { actions: assign({ fee_policy: ({ event }) => event.policy }) },
    'payout.moved': {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { now, effects } = afterPayout(context, event)
        enqueue.assign(now)
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        enqueue.raise({ type: 'facts.changed' })
      }),
    },
    'clock.reached': {
      // A deadline may pass without any webhook saying so; what it did to the account, Stripe must tell, and a minute
      // later it can: its clock may be behind ours, and it acts on a deadline a moment after it.
      guard: 'deadlinePassed',
      actions: [
        assign({ deadline_noticed: ({ context }) => nextDeadline(context), owes_refresh: true }),
        { type: 'request', params: { kind: 'refresh', after_ms: 60_000 } },
      ],
    },
  },
  states: {
    connection: {
      initial: 'connected',
      on: {
        'facts.changed': [
          { guard: { type: 'connectionIs', params: 'disconnected' }, target: '.disconnected' },
          { guard: { type: 'connectionIs', params: 'connected' }, target: '.connected' },
        ],
      },
      states: {
        connected: {
          meta: {
            closes: [
              {
                gates: ['charge', 'payout', 'onboard'],
                code: 'account_unsupported',
                actor: 'platform',
                when: ['the account has another shape'],
              },
            ],
          },
        },
        disconnected: {
          meta: {
            badge: 'disconnected',
            closes: [
              {
                gates: ['charge', 'refund', 'payout', 'onboard'],
                code: 'account_disconnected',
                actor: 'merchant',
              },
            ],
          },
        },
      },
    },
    onboarding: {
      initial: 'created',
      on: {
        'facts.changed': [
          { guard: { type: 'onboardingIs', params: 'rejected' }, target: '.rejected' },
          { guard: { type: 'onboardingIs', params: 'suspended' }, target: '.suspended' },
          { guard: { type: 'onboardingIs', params: 'created' }, target: '.created' },
          { guard: { type: 'onboardingIs', params: 'started' }, target: '.started' },
          { guard: { type: 'onboardingIs', params: 'restricted' }, target: '.restricted' },
          { guard: { type: 'onboardingIs', params: 'in_review' }, target: '.in_review' },
          { guard: { type: 'onboardingIs', params: 'restricted_soon' }, target: '.restricted_soon' },
          { guard: { type: 'onboardingIs', params: 'enabled' }, target: '.enabled' },
        ],
      },
      states: {
        created: {
          meta: {
            badge: 'restricted',
            closes: whileOff('onboarding_not_started', 'merchant', 'onboarding_link'),
          },
        },
        started: {
          meta: {
            badge: 'restricted',
            closes: whileOff('onboarding_incomplete', 'merchant', 'onboarding_link'),
          },
        },
        in_review: {
          meta: {
            badge: 'in_review',
            closes: [
              ...whileOff('onboarding_in_review', 'merchant', 'onboarding_link', [
                'the holder is asked for more',
              ]),
              ...whileOff('onboarding_in_review', 'stripe', undefined, [
                'the holder is asked for nothing more',
              ]),
            ],
          },
        },
        enabled: { meta: { badge: 'enabled', closes: [] } },
        restricted_soon: { meta: { badge: 'restricted_soon', closes: [] } },
        restricted: {
          meta: {
            badge: 'restricted',
            closes: byHolder('requirements_past_due', ['requirements are past due']),
          },
        },
        suspended: { meta: { badge: 'restricted', closes: byHolder('account_suspended') } },
        rejected: {
          meta: {
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
        },
      },
    },
    charges: {
      initial: 'unrequested',
      on: {
        'facts.changed': [
          { guard: { type: 'chargesAre', params: 'unrequested' }, target: '.unrequested' },
          { guard: { type: 'chargesAre', params: 'inactive' }, target: '.inactive' },
          { guard: { type: 'chargesAre', params: 'pending' }, target: '.pending' },
          { guard: { type: 'chargesAre', params: 'active' }, target: '.active' },
        ],
      },
      states: {
        unrequested: {
          meta: {
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
        },
        inactive: {
          meta: {
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
        },
        pending: { meta: { closes: [{ gates: ['charge'], code: 'capability_pending', actor: 'stripe' }] } },
        active: {
          meta: {
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
        },
      },
    },
    payouts: {
      initial: 'off',
      on: {
        'facts.changed': [
          { guard: { type: 'payoutsAre', params: 'failing' }, target: '.failing' },
          { guard: { type: 'payoutsAre', params: 'off' }, target: '.off' },
          { guard: { type: 'payoutsAre', params: 'on' }, target: '.on' },
        ],
      },
      states: {
        off: {
          meta: {
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
        },
        on: { meta: { closes: [] } },
        failing: {
          meta: {
            closes: [
              {
                gates: ['payout'],
                code: 'payouts_failing',
                actor: 'merchant',
                remedy: 'dashboard',
                when: ['the holder must mend payouts'],
              },
              {
                gates: ['payout'],
                code: 'payouts_failing',
                actor: 'platform',
                remedy: 'refresh',
                when: ['the platform must mend payouts'],
              },
              {
                gates: ['payout'],
                code: 'payouts_failing',
                actor: 'stripe',
                when: ['Stripe mends payouts by itself'],
              },
              {
                gates: ['payout'],
                code: 'payouts_disabled',
                actor: 'stripe',
                when: ['payouts_enabled is false'],
              },
            ],
          },
        },
      },
    },
    hold: {
      initial: 'none',
      states: {
        none: {
          meta: { closes: [] },
          on: {
            'operator.held': {
              target: 'held',
              actions: assign({ hold: ({ event: { reason, by, at } }) => ({ reason, by, at }) }),
            },
          },
        },
        held: {
          meta: {
            closes: [
              { gates: ['charge', 'payout'], code: 'operator_hold', actor: 'operator', remedy: 'release' },
            ],
          },
          on: { 'operator.released': { target: 'none', actions: assign({ hold: null }) } },
        },
      },
    },
  },
})

/** A stage of onboarding explains a closed gate; it never closes one that Stripe keeps open. */
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

/** The holder hands in what is due through onboarding; what only Stripe can settle, nobody else is sent after. */
function byHolder(code: AccountCode, also: readonly Condition[] = []): Closure<AccountCode, Condition>[] {
  return [
    ...whileOff(code, 'merchant', 'onboarding_link', ['the holder can act', ...also]),
    ...whileOff(code, 'stripe', undefined, ['the holder cannot act', ...also]),
  ]
}

/**
 * A disconnected account sends nothing. If anything of it is newer than the disconnection, it has come back and the event
 * that said so was lost; and when it is said to have come back, nobody has told of what it did meanwhile. Either way,
 * only asking Stripe tells.
 */
function doubtConnection(facts: AccountFacts, event: ObservedEvent<AccountFacts>): AccountFacts {
  const { connection, ...others } = facts
  if (!connection) return facts
  const heard = [...(event.asked ? [] : [event.as_of]), ...observationTimes(others)]
  const isHeardOf =
    connection.value === 'disconnected' && heard.some(({ from }) => from > connection.as_of.to)
  if (!isHeardOf && !saysItIsBack(connection, event)) return facts
  return { ...facts, connection: { ...connection, suspect: true } }
}

function isBack(before: AccountFacts, after: AccountFacts, event: ObservedEvent<AccountFacts>): boolean {
  if (!before.connection || !after.connection) return false
  const wasAway = before.connection.value === 'disconnected' && after.connection.value === 'connected'
  return wasAway || saysItIsBack(after.connection, event)
}

/** It was authorized, and nothing newer is known of its connection. */
function saysItIsBack(
  { as_of }: Connection,
  { observation, asked, as_of: at }: ObservedEvent<AccountFacts>,
): boolean {
  return !asked && observation.connection === 'connected' && at.to >= as_of.from
}
