/**
 * The life of a connected account, in five regions that move independently. Stripe's facts decide the state of four; an
 * operator moves `hold`. What each state closes is in `closures.ts`, where the lifecycle goes from it in `regions.ts`.
 */
import { assign, enqueueActions, raise, setup } from 'xstate'
import type { Effect } from '../effects.ts'
import { observe, unanswered, unobservedContext } from '../observation.ts'
import { factsChanged, isDerived, regionNode } from '../region.ts'
import type { Verdict } from '../watermark.ts'
import { afterAnswer, afterPayout } from './after-payout.ts'
import { CLOSURES, type AccountMeta } from './closures.ts'
import { doubtConnection, hasReconnected } from './connection.ts'
import type { AccountContext, AccountInput } from './context.ts'
import { nextDeadline } from './deadline.ts'
import type { AccountEvent } from './events.ts'
import { INFORMATIONAL, NO_FACTS } from './facts.ts'
import { accountRegions } from './regions.ts'

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
    jump: (_, _region: string) => {},
    deriveStates: raise(({ context }) => factsChanged(accountRegions, context)),
  },
  guards: {
    isDerived,
    hasNoExternalId: ({ context }) => context.external_id === null,
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
        const { verdict, ...observed } = observe(context, event, {
          informational: INFORMATIONAL,
          doubt: doubtConnection,
        })
        const { now, effects } = afterAnswer(context, event, observed)
        enqueue.assign(now)
        enqueue({ type: 'note', params: verdict })
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        if (hasReconnected(context.facts, now.facts, event)) {
          enqueue({ type: 'request', params: { kind: 'recheck', after_ms: 0 } })
        }
        enqueue('deriveStates')
      }),
    },
    'stripe.unobservable': { actions: assign(({ context, event }) => unanswered(context, event)) },
    'account.named': {
      guard: 'hasNoExternalId',
      actions: assign({ external_id: ({ event }) => event.external_id }),
    },
    'account.described': {
      actions: assign(({ event: { metadata, fee_policy } }) => ({ metadata, fee_policy })),
    },
    'onboarding.link_minted': {
      actions: [
        assign({ link_minted_at: ({ context, event }) => context.link_minted_at ?? event.at }),
        'deriveStates',
      ],
    },
    'fee_policy.set': { actions: assign({ fee_policy: ({ event }) => event.policy }) },
    'payout.moved': {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { now, effects } = afterPayout(context, event)
        enqueue.assign(now)
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        enqueue('deriveStates')
      }),
    },
    'clock.reached': {
      // No webhook need follow a deadline. The refresh waits a minute, because Stripe acts on a deadline a moment after it
      // and its clock may be behind ours.
      guard: 'deadlinePassed',
      actions: [
        assign({ deadline_noticed: ({ context }) => nextDeadline(context), owes_refresh: true }),
        { type: 'request', params: { kind: 'refresh', after_ms: 60_000 } },
      ],
    },
  },
  states: {
    connection: regionNode('connection', accountRegions.connection, {
      meta: (state) => CLOSURES.connection[state],
    }),
    onboarding: regionNode('onboarding', accountRegions.onboarding, {
      meta: (state) => CLOSURES.onboarding[state],
    }),
    charges: regionNode('charges', accountRegions.charges, {
      meta: (state) => CLOSURES.charges[state],
    }),
    payouts: regionNode('payouts', accountRegions.payouts, {
      meta: (state) => CLOSURES.payouts[state],
    }),
    hold: {
      initial: 'none',
      states: {
        none: {
          meta: CLOSURES.hold.none,
          on: {
            'operator.held': {
              target: 'held',
              actions: assign({ hold: ({ event: { reason, by, at } }) => ({ reason, by, at }) }),
            },
          },
        },
        held: {
          meta: CLOSURES.hold.held,
          on: { 'operator.released': { target: 'none', actions: assign({ hold: null }) } },
        },
      },
    },
  },
})
