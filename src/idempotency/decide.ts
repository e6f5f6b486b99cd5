/**
 * What to do next with an operation at Stripe whose outcome may be unknown. Pure.
 *
 * While Stripe remembers an idempotency key, sending the key again gives the answer. Once Stripe may have forgotten it, or
 * when it can only repeat a failure, the object is searched for, and a new key is used only if the old one is proven to
 * have made nothing: the search is complete, and no earlier send can still be running.
 * - A key under way is answered 409. A replayed answer is the end of the only execution there ever was.
 * - A 5xx without the replay mark ends the send it answers; an earlier send that was lost may still run, but not for long.
 * - A lost send writes its object before it asks a bank, so where no object is listed, none can appear later.
 *   https://docs.stripe.com/error-low-level#server-errors
 * - An abandoned key is never sent again: the next attempt is on record before it is sent.
 */
import { mayBeTheAccount, type FailedCall } from '../stripe/errors.ts'

export interface Attempt {
  /** Our time when its key was first sent, in ms; null: the key was never sent. */
  firstSentAt: number | null
  /** Our time of the last send whose outcome is unknown, in ms. */
  lostAt: number
}

/** What the API promises about its idempotency keys. Times in ms. */
export interface KeyPolicy {
  /** For how long a key certainly stands for its first request. */
  keptMs: number
  /** No send runs longer. */
  settledMs: number
  /** Whether a 5xx is stored under the key, so that sending it again can only repeat the failure. */
  storesFailures: boolean
  /** Whether a list shows everything written before it was asked for, so that absence is proof. */
  listsAreCurrent: boolean
}

/**
 * API v1 keeps keys for at least a day; an hour allows for clocks and the call itself. stripe-node gives a call up after
 * 80 seconds. https://docs.stripe.com/api/idempotent_requests
 */
export const V1_KEYS: KeyPolicy = {
  keptMs: 23 * 3_600_000,
  settledMs: 120_000,
  storesFailures: true,
  listsAreCurrent: true,
}

export type Search = 'not_searched' | 'absent'

/**
 * - `send`: the first send of this key.
 * - `resend`: the same key again.
 * - `find`: search Stripe's list for the object.
 * - `renew`: put a new attempt on record and send it under a new key.
 * - `wait`: an earlier send may still be running; the client must come again.
 * - `refuse`: the failure is the answer.
 */
export type Decision = 'send' | 'resend' | 'find' | 'renew' | 'wait' | 'refuse'

export function decide(on: {
  attempt: Attempt
  search: Search
  /** How the last send of this execution failed; null: nothing was sent yet. */
  failure: FailedCall | null
  policy: KeyPolicy
  now: number
}): Decision {
  const { attempt, search, failure, policy, now } = on
  const isSettled = now - attempt.lostAt >= policy.settledMs
  if (failure) {
    if (!spendsKey(failure, policy)) return 'refuse'
    // A refusal because of the account made nothing: there is nothing to search for.
    if (search === 'not_searched' && !mayBeTheAccount(failure)) return 'find'
    return (failure.replayed || isSettled) && policy.listsAreCurrent ? 'renew' : 'refuse'
  }
  if (attempt.firstSentAt === null) return 'send'
  if (now - attempt.firstSentAt < policy.keptMs) return 'resend'
  if (!isSettled || !policy.listsAreCurrent) return 'wait'
  return search === 'not_searched' ? 'find' : 'renew'
}

/** Whether sending the key again can only repeat this failure. */
function spendsKey(failed: FailedCall, { storesFailures }: KeyPolicy): boolean {
  const { failure, replayed } = failed
  // Stripe stored a refusal for a reason that may have been mended since.
  if (mayBeTheAccount(failed)) return replayed
  if (failure.kind === 'key_reused') return true
  return failure.kind === 'unavailable' && failure.answered && storesFailures
}
