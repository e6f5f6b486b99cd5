/**
 * Makes a thing at Stripe once, although an answer may be lost and Stripe forgets an idempotency key after a day. While
 * Stripe remembers the key, sending it again is the answer. After that, or when the key can only repeat a failure, the
 * thing is looked for; a new key is used only when it is proven that the last one made nothing.
 * https://docs.stripe.com/api/idempotent_requests
 */
import { failedCall, type StripeFailure } from './stripe-error.ts'

export interface Attempt {
  /** Part of the key: another attempt is another key. */
  number: number
  /** Our time when it was first sent, in ms. */
  sentAt: number
}

export interface Making<T> {
  attempt: Attempt
  now: number
  /** Sends the attempt, with the same parameters and the same key each time. */
  make: (attempt: number) => Promise<T>
  /** Looks at everything the attempt may have made; null: it is not there. */
  find: () => Promise<T | null>
  /** Puts the next attempt on record, and says its number. */
  another: () => Promise<number>
}

/** Stripe may forget a key that is a day old. Ours and Stripe's clocks, and the call itself, have an hour. */
const KEPT_MS = 23 * 3_600_000
/** No call to Stripe lasts longer: what an attempt this old did is done. stripe-node itself gives up after 80 seconds. */
const SETTLED_MS = 120_000

/** @throws what the call throws, while it is not known what it did */
export async function makeOnce<T>({ attempt, now, make, find, another }: Making<T>): Promise<T> {
  const age = now - attempt.sentAt
  if (age < KEPT_MS) {
    try {
      return await make(attempt.number)
    } catch (error) {
      const failed = failedCall(error)
      if (!failed || !isSpent(failed.failure)) throw error
      const found = await find()
      if (found !== null) return found
      if (age < SETTLED_MS) throw error
    }
  } else {
    const found = await find()
    if (found !== null) return found
  }
  return make(await another())
}

/** The key was used up, by a try that failed or that asked for something else; sending it again says nothing new. */
function isSpent(failure: StripeFailure): boolean {
  return failure.kind === 'key_reused' || (failure.kind === 'unavailable' && failure.answered)
}
