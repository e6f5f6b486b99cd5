/**
 * Decides the next step of an operation at Stripe whose outcome may be unknown. Pure.
 *
 * While Stripe remembers an idempotency key, sending the key again gives the answer. A key that Stripe may have forgotten is
 * not sent again. Then, or when the key can only repeat a failure, the object is searched for. A new key is used only if
 * the old key is proven to have made nothing: the search is complete, and no earlier send can still run.
 * - Stripe answers 409 while the key's request runs. A replayed answer proves that its only execution has ended.
 * - A 5xx without the replay header ends the send it answers. An earlier lost send may still run, for `settledMs` at most.
 * - Stripe writes the object before it asks a bank, so an object that is not listed cannot appear later.
 *   https://docs.stripe.com/error-low-level#server-errors
 * - An abandoned key is never sent again: the next attempt is on record before it is sent.
 */
import { mayBeTheAccount, type FailedCall } from '../stripe/errors.ts'

export interface Attempt {
  /** Our time of the key's first send, in ms; null: the key was never sent. */
  firstSentAt: number | null
  /** Our time of the last send whose outcome is unknown, in ms. */
  lostAt: number
}

/** What the API promises about its idempotency keys. Times in ms. */
export interface KeyPolicy {
  /** Stripe remembers a key for at least this long. */
  keptMs: number
  /** No request runs longer than this. */
  settledMs: number
  /** Whether Stripe stores a 5xx under the key, so that sending the key again can only repeat the failure. */
  storesFailures: boolean
  /** Whether a list shows every object written before the call, so that absence from it is proof. */
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

/** Whether Stripe's list was searched since the last send, without finding the object. */
export type Search = 'not_searched' | 'absent'

/**
 * - `send`: send the key for the first time.
 * - `resend`: send the same key again.
 * - `find`: search Stripe's list for the object.
 * - `renew`: put a new attempt on record and send it under a new key.
 * - `wait`: an earlier send may still run, or its object may not be listed yet; the client must retry later.
 * - `refuse`: answer with the failure.
 */
export type Decision = 'send' | 'resend' | 'find' | 'renew' | 'wait' | 'refuse'

export function decide(on: {
  attempt: Attempt
  search: Search
  /** How this execution's send failed; null: nothing was sent yet. */
  failure: FailedCall | null
  policy: KeyPolicy
  now: number
}): Decision {
  const { attempt, search, failure, policy, now } = on
  const isSettled = now - attempt.lostAt >= policy.settledMs
  const isAbsent = search === 'absent' && policy.listsAreCurrent
  if (failure) {
    if (!spendsKey(failure, policy)) return 'refuse'
    // A refusal because of the account made nothing: there is nothing to search for.
    const madeNothing = mayBeTheAccount(failure)
    if (!madeNothing && search === 'not_searched') return 'find'
    const isOver = failure.replayed || isSettled
    return isOver && (madeNothing || isAbsent) ? 'renew' : 'refuse'
  }
  if (attempt.firstSentAt === null) return 'send'
  if (now - attempt.firstSentAt < policy.keptMs) return 'resend'
  if (!isSettled) return 'wait'
  if (search === 'not_searched') return 'find'
  return isAbsent ? 'renew' : 'wait'
}

/** Whether sending the key again can only repeat this failure. */
function spendsKey(failed: FailedCall, { storesFailures }: KeyPolicy): boolean {
  const { failure, replayed } = failed
  // Stripe replays the refusal it stored, although its reason may be gone by now.
  if (mayBeTheAccount(failed)) return replayed
  if (failure.kind === 'key_reused') return true
  return failure.kind === 'unavailable' && failure.answered && storesFailures
}
