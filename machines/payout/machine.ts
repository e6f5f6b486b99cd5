/**
 * The life of a payout, automatic or manual. `paid` is provisional: for five business days the bank may return the money,
 * and only the clock settles it. A payout that fails after that has failed all the same.
 */
import { assign, enqueueActions, raise, setup } from 'xstate'
import type { Effect } from '../effects.ts'
import type { StateMeta } from '../gates.ts'
import { observe, unanswered, unobservedContext, type ObservedEvent } from '../observation.ts'
import { factsChanged, isDerived, regionNode } from '../region.ts'
import type { Verdict } from '../watermark.ts'
import type { PayoutContext, PayoutInput } from './context.ts'
import type { PayoutEvent } from './events.ts'
import { FINAL_VALUES, NO_FACTS, type PayoutFacts } from './facts.ts'
import { payoutRegions } from './regions.ts'
import { windowAhead, windowOf } from './return-window.ts'

/** A payout closes no gate. Its failure closes one through the account's `payouts` region. */
const OPEN = { closes: [] } as const

export const payoutMachine = setup({
  types: {
    context: {} as PayoutContext,
    events: {} as PayoutEvent,
    input: {} as PayoutInput,
    meta: {} as StateMeta<never, never>,
  },
  actions: {
    request: (_, _effect: Effect) => {},
    note: (_, _verdict: Verdict) => {},
    jump: (_, _region: string) => {},
    deriveStates: raise(({ context }) => factsChanged(payoutRegions, context)),
    noticeWindow: assign({ window_noticed: ({ context }) => windowOf(context) }),
  },
  guards: {
    isDerived,
    isManual: ({ context }) => context.facts.payout?.value.automatic === false,
    windowEnded: ({ context, event }) => {
      const end = windowAhead(context)
      return event.type === 'clock.reached' && end !== null && end * 1000 <= event.at
    },
  },
}).createMachine({
  id: 'payout',
  type: 'parallel',
  context: ({ input }) => ({ ...unobservedContext, ...input, window_noticed: null, facts: NO_FACTS }),
  on: {
    'stripe.observed': {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { now, effects, verdict } = observe(context, event, {
          finalValues: FINAL_VALUES,
          doubt: dateFailure,
        })
        enqueue.assign(now)
        enqueue({ type: 'note', params: verdict })
        for (const effect of effects) enqueue({ type: 'request', params: effect })
        enqueue('deriveStates')
      }),
    },
    'stripe.unobservable': { actions: assign(({ context, event }) => unanswered(context, event)) },
  },
  states: {
    payout: regionNode('payout', payoutRegions.payout, {
      meta: () => OPEN,
      on: {
        // Stripe's own schedule cannot be called back: https://docs.stripe.com/api/payouts/cancel
        pending: { 'cancel.requested': { guard: 'isManual' } },
        paid: { 'clock.reached': { guard: 'windowEnded', actions: ['noticeWindow', 'deriveStates'] } },
      },
    }),
  },
})

/**
 * A failure without a time cannot be compared with a later change of the bank account, so Stripe is asked. If the answer
 * has no time either, the answer's own time is an upper bound, dated second 0 so that any stated time replaces it.
 */
function dateFailure(facts: PayoutFacts, { asked, as_of }: ObservedEvent<PayoutFacts>): PayoutFacts {
  const { payout, failure } = facts
  if (payout?.value.status !== 'failed' || failure !== null) return facts
  return asked
    ? { ...facts, failure: { as_of: { from: 0, to: 0 }, value: { at: as_of.to }, suspect: false } }
    : { ...facts, payout: { ...payout, suspect: true } }
}
