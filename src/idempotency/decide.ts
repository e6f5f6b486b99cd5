/**
 * Does a thing at Stripe once, although an answer may be lost and Stripe forgets an idempotency key after a day. While
 * Stripe remembers the key, sending it again is the answer. After that, or when the key can only repeat a failure, the
 * thing is looked for; a new key is used only when it is proven that the last one did nothing.
 * https://docs.stripe.com/api/idempotent_requests
 *
 * What proves that it did nothing is that nothing is there to be found, and that nothing can still come of the key:
 * - It is being worked on no more. While a key is, Stripe answers 409. A stored answer that is replayed is the end of
 *   the only execution there ever was, and the key starts no other. A 5xx of Stripe's own that is not marked as replayed
 *   ends only the try it answers; another that was lost may run on, or may not even have arrived, but not for long.
 *   What stands before Stripe and answers in its place (HTML, no answer at all) has ended nothing.
 * - It cannot be done later. Lists show what was written before they are asked, unlike search. After a 500 Stripe may
 *   roll forward by hand what a bank was already asked for, but that hangs on an object that was written before the bank
 *   was asked: where there is no such object, there is nothing to roll forward.
 *   https://docs.stripe.com/error-low-level#server-errors https://docs.stripe.com/search#data-freshness
 * - The key is never sent again: the next attempt is on record before it is made.
 */
import { failedCall, mayBeTheAccount, type FailedCall } from '../stripe/errors.ts'

export interface Attempt {
  /** Part of the key: another attempt is another key. */
  number: number
  /** Our time when it was first sent, in ms. */
  sentAt: number
  /** Our time when another try of it was sent last, in ms, of which nobody knows what came. */
  lostAt: number
}

export interface Making<T> {
  attempt: Attempt
  now: number
  /** Sends the attempt, with the same parameters and the same key each time. */
  make: (attempt: number) => Promise<T>
  /** Looks at everything the attempt may have made; null: it is not there. */
  find: () => Promise<T | null>
  /** Puts the next attempt on record, and says its number. @throws when somebody else has sent this one since */
  another: () => Promise<number>
}

/** Stripe may forget a key that is a day old. Ours and Stripe's clocks, and the call itself, have an hour. */
const KEPT_MS = 23 * 3_600_000
/** No call to Stripe lasts longer: what an attempt this old did is done. stripe-node itself gives up after 80 seconds. */
const SETTLED_MS = 120_000

/** Our time, in ms, at or before which a key was first sent that may no longer stand for what it was sent for. */
export function forgottenUpTo(now: number): number {
  return now - KEPT_MS
}

/** The key may no longer stand for what it was first sent for. */
export function isForgotten(sentAt: number, now: number): boolean {
  return sentAt <= forgottenUpTo(now)
}

/** Whatever was sent then has come to its end. */
export function isSettled(lostAt: number, now: number): boolean {
  return now - lostAt >= SETTLED_MS
}

/** @throws what the call throws, while it is not known what it did */
export async function resolveAttempt<T>({ attempt, now, make, find, another }: Making<T>): Promise<T> {
  if (isForgotten(attempt.sentAt, now)) {
    const found = await find()
    if (found !== null) return found
  } else {
    try {
      return await make(attempt.number)
    } catch (error) {
      const failed = failedCall(error)
      if (!failed || !isSpent(failed)) throw error
      const found = mayBeTheAccount(failed) ? null : await find()
      if (found !== null) return found
      if (!failed.replayed && !isSettled(attempt.lostAt, now)) throw error
    }
  }
  return make(await another())
}

/**
 * The key was used up, by a try that failed, that was refused, or that asked for something else; sending it again says
 * nothing new. A refusal did nothing; what it was about may have been mended since, unless it was about a parameter.
 */
function isSpent(failed: FailedCall): boolean {
  const { failure, replayed } = failed
  if (mayBeTheAccount(failed)) return replayed
  return failure.kind === 'key_reused' || (failure.kind === 'unavailable' && failure.answered)
}
