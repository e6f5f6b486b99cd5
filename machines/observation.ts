/** How every machine takes in an observation of Stripe: apply it, and owe a refresh while something cannot be believed. */
import { z } from 'zod'
import type { Effect } from './effects.ts'
import {
  applyObservation,
  same,
  suspects,
  type AsOf,
  type Facts,
  type FinalValues,
  type Observation,
  type Outranks,
  type Verdict,
} from './watermark.ts'

/**
 * The start of a call to Stripe: the instance's `seq` then, and our own time in ms. `isOwed`: the call pays a refresh
 * that is owed.
 */
export interface FetchStart {
  seq: number
  at: number
  isOwed?: boolean
}

/** One observation of Stripe: the snapshot in an event, or the answer to a call of ours. */
export interface ObservedEvent<F extends Facts> {
  type: 'stripe.observed'
  as_of: AsOf
  observation: Observation<F>
  /** Set if the object was fetched. */
  asked?: FetchStart
  /**
   * Set instead of `asked` if Stripe answered a command: the instance's `seq` when the command was sent. The answer outranks
   * what was stored by then, but verifies only what the command changed.
   */
  after?: number
}

/** Stripe was asked and does not show the object. Asking again would say the same, so no refresh is owed any more. */
export interface UnobservableEvent {
  type: 'stripe.unobservable'
  reason: string
  asked: FetchStart
}

/** Part of every machine's context. */
export const observedContext = {
  /** How many transitions were committed. */
  seq: z.int(),
  /** The `seq` of the last transition in which an event, not an answer, changed the facts. */
  heard_seq: z.int(),
  /** Our time when Stripe was last asked and showed this object, in ms; null: only events told of it. */
  verified_at: z.int().nullable(),
  /** Our time when Stripe was last asked, whatever it answered, in ms. The next check is counted from it. */
  asked_at: z.int().nullable(),
  /** A refresh is under way: another would be one too many. */
  owes_refresh: z.boolean(),
}

export interface ObservedContext<F extends Facts> {
  facts: F
  seq: number
  heard_seq: number
  verified_at: number | null
  asked_at: number | null
  owes_refresh: boolean
}

/** An instance's context before the first observation. */
export const unobservedContext = {
  seq: 0,
  heard_seq: 0,
  verified_at: null,
  asked_at: null,
  owes_refresh: false,
}

/**
 * The events of one change come within a second. Waiting that second makes one call of several, and puts the answer
 * past the second whose events could not be ordered.
 */
const BURST_MS = 1_000

/** What a machine knows of its facts beyond their times. */
export interface Beliefs<F extends Facts> {
  /** Stripe never takes these back. An event that says it did makes the piece suspect, whichever of the two came first. */
  finalValues?: FinalValues<F>
  /** Facts that decide nothing, or that Stripe cannot be asked for. They never become suspect. */
  informational?: ReadonlySet<string>
  /** Marks pieces as suspect that no observation contradicts, but that cannot be true beside the others. */
  doubt?: (facts: F, event: ObservedEvent<F>) => F
}

export function observe<F extends Facts>(
  known: ObservedContext<F>,
  event: ObservedEvent<F>,
  { finalValues, informational, doubt = (facts) => facts }: Beliefs<F> = {},
): { now: ObservedContext<F>; effects: Effect[]; verdict: Verdict } {
  const { asked } = event
  const isAnswer = asked !== undefined || event.after !== undefined
  const outranks = rankOf(asked?.seq ?? event.after, known)
  const applied = applyObservation(known.facts, event.observation, {
    as_of: event.as_of,
    outranks,
    isAnswer,
    ...(informational && { informational }),
    ...(finalValues && { finalValues }),
  })
  const facts = doubt(applied.facts, event)
  // An answer under way may have been read before this event, even if the event says nothing new: the value may have
  // changed and changed back in between.
  const isHeard =
    !isAnswer &&
    (!same(facts, known.facts) ||
      (applied.verdict === 'unchanged' && Object.keys(event.observation).length > 0))
  const verified_at = asked ? Math.max(known.verified_at ?? 0, asked.at) : known.verified_at
  const asked_at = asked ? Math.max(known.asked_at ?? 0, asked.at) : known.asked_at
  // Still suspect after an answer that could have settled it: the answer did not cover it, and another would not either.
  const uncovered = outranks === 'nothing' ? [] : suspects(known.facts)
  const open = outranks === 'all' ? [] : suspects(facts).filter((name) => !uncovered.includes(name))
  const owes = verified_at === null || open.length > 0
  // One refresh at a time is enough, whatever caused it.
  const pending = known.owes_refresh && asked?.isOwed !== true
  return {
    now: {
      seq: known.seq,
      heard_seq: isHeard ? known.seq + 1 : known.heard_seq,
      facts,
      verified_at,
      asked_at,
      owes_refresh: owes || (pending && !asked),
    },
    effects: owes && !pending ? [{ kind: 'refresh', after_ms: BURST_MS }] : [],
    verdict: applied.verdict,
  }
}

/**
 * What an answer is certainly later than. If nothing was committed since the call began: all that is known. If only other
 * answers were: the suspect pieces, because two calls under way at once may have been answered in either order.
 */
function rankOf(since: number | undefined, { seq, heard_seq }: ObservedContext<Facts>): Outranks {
  if (since === undefined || since < heard_seq) return 'nothing'
  return since === seq ? 'all' : 'suspects'
}

/** The context after a call that Stripe would not answer: when it was made, and that it need not be repeated. */
export function unanswered(
  known: ObservedContext<Facts>,
  { asked }: UnobservableEvent,
): Pick<ObservedContext<Facts>, 'asked_at' | 'owes_refresh'> {
  return { asked_at: Math.max(known.asked_at ?? 0, asked.at), owes_refresh: false }
}
