/** How every machine takes in what was seen of Stripe: absorb it, and owe a refresh while something cannot be believed. */
import { z } from 'zod'
import type { Effect } from './effects.ts'
import {
  applyObservation,
  same,
  suspects,
  type AsOf,
  type Facts,
  type Outranks,
  type Observation,
  type Verdict,
} from './watermark.ts'

/**
 * Set when Stripe was asked: the instance's `seq` when the call began, and our own time then, in ms. `isOwed`: it was
 * asked because a refresh was owed, which this pays.
 */
export interface FetchStart {
  seq: number
  at: number
  isOwed?: boolean
}

/** One look at Stripe: a webhook's snapshot, or the answer to a call of ours. */
export interface ObservedEvent<F extends Facts> {
  type: 'stripe.observed'
  as_of: AsOf
  observation: Observation<F>
  asked?: FetchStart
  /**
   * The instance's `seq` when something was done at Stripe whose answer this is: it outranks what was stored by then, but
   * shows only what was done, and so verifies nothing else.
   */
  after?: number
}

/** Stripe was asked and will not show the object. Asking again would say the same, so nothing is owed any more. */
export interface UnobservableEvent {
  type: 'stripe.unobservable'
  reason: string
  asked: FetchStart
}

/** What every machine remembers beside its own things. */
export const observedContext = {
  /** How many transitions were committed. */
  seq: z.int(),
  /** The last of them in which something heard, not asked for, changed what is known. */
  heard_seq: z.int(),
  /** Our time when Stripe was last asked and showed this object, in ms; null while it was only heard of. */
  verified_at: z.int().nullable(),
  /** Our time when Stripe was last asked, whatever it said, in ms: what the next question is counted from. */
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

/** What a machine remembers before anything was seen. */
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

/**
 * `doubt` marks pieces that nothing contradicted but that cannot be true beside what was seen; `explaining` names those
 * that decide nothing.
 */
export function observe<F extends Facts>(
  known: ObservedContext<F>,
  event: ObservedEvent<F>,
  doubt: (facts: F, event: ObservedEvent<F>) => F = (facts) => facts,
  explaining: ReadonlySet<string> = new Set(),
): { now: ObservedContext<F>; effects: Effect[]; verdict: Verdict } {
  const { asked } = event
  const outranks = rankOf(asked?.seq ?? event.after, known)
  const absorbed = applyObservation(known.facts, event.observation, {
    as_of: event.as_of,
    outranks,
    explaining,
  })
  const facts = doubt(absorbed.facts, event)
  // An answer under way may have been read before what is heard meanwhile, also where that says nothing new: what was
  // known may have ceased to be true, and be true again.
  const isNews =
    !asked &&
    event.after === undefined &&
    (!same(facts, known.facts) ||
      (absorbed.verdict === 'unchanged' && Object.keys(event.observation).length > 0))
  const verified_at = asked ? Math.max(known.verified_at ?? 0, asked.at) : known.verified_at
  const asked_at = asked ? Math.max(known.asked_at ?? 0, asked.at) : known.asked_at
  // What an answer could have settled and left suspect it did not speak of, and asking again would not make it.
  const settled = outranks === 'nothing' ? [] : suspects(known.facts)
  const open = outranks === 'all' ? [] : suspects(facts).filter((name) => !settled.includes(name))
  const owes = verified_at === null || open.length > 0
  // One look at a time is enough, whoever asked for it.
  const pending = known.owes_refresh && asked?.isOwed !== true
  return {
    now: {
      seq: known.seq,
      heard_seq: isNews ? known.seq + 1 : known.heard_seq,
      facts,
      verified_at,
      asked_at,
      owes_refresh: owes || (pending && !asked),
    },
    effects: owes && !pending ? [{ kind: 'refresh', after_ms: BURST_MS }] : [],
    verdict: absorbed.verdict,
  }
}

/**
 * What an answer is certainly later than. All that is stored, if nothing was committed since the question. All that was
 * heard, if only other answers were: two answers under way at once may have been given in either order.
 */
function rankOf(since: number | undefined, { seq, heard_seq }: ObservedContext<Facts>): Outranks {
  if (since === undefined || since < heard_seq) return 'nothing'
  return since === seq ? 'all' : 'doubts'
}

/** What remains of a question that Stripe would not answer: when it was put, and that it need not be put again. */
export function unanswered(
  known: ObservedContext<Facts>,
  { asked }: UnobservableEvent,
): Pick<ObservedContext<Facts>, 'asked_at' | 'owes_refresh'> {
  return { asked_at: Math.max(known.asked_at ?? 0, asked.at), owes_refresh: false }
}
