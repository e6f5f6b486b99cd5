/** What went wrong with a Stripe call, in the classes that matter to whoever made it. */
import { Stripe } from 'stripe'
import { headerOf, isReplay, type StripeHeaders } from './headers.ts'

export type StripeFailure =
  /** 402: an answer, not a fault. The same attempt would be declined again. */
  | {
      kind: 'declined'
      code: string
      declineCode: string | null
      message: string
      paymentIntent: Stripe.PaymentIntent | null
    }
  /** The platform may not act for the account (any more), or it does not exist. */
  | { kind: 'no_access'; message: string }
  /** Any other 4xx: Stripe did nothing and says why. */
  | { kind: 'refused'; status: number; code: string | null; param: string | null; message: string }
  /** The same Idempotency-Key is being worked on. */
  | { kind: 'in_use' }
  /** The same Idempotency-Key came with other parameters before. */
  | { kind: 'key_reused' }
  | { kind: 'rate_limited'; retryAfterS: number }
  /** Our own key or permissions are wrong: nobody outside can mend it. */
  | { kind: 'misconfigured'; status: number; message: string }
  /** No answer, or a 5xx: what Stripe did is unknown. `answered`: its try has ended, and its key will say the same. */
  | { kind: 'unavailable'; answered: boolean; message: string }

export interface FailedCall {
  failure: StripeFailure
  requestId: string | null
  headers: StripeHeaders
  /** What Stripe had stored under the idempotency key is what it said again. */
  replayed: boolean
}

const RATE_LIMIT_RETRY_S = 2

/** What is said of an account, whichever parameter it is said with. https://docs.stripe.com/error-codes */
const ABOUT_THE_ACCOUNT = new Set([
  'capability_not_active',
  'payment_method_unactivated',
  'testmode_charges_only',
])

/**
 * Whether Stripe did nothing for a reason that may lie with the account. Such refusals may have no code and either
 * status, so all count but those that name a parameter, or our own key.
 */
export function mayBeTheAccount({ failure }: FailedCall): boolean {
  if (failure.kind === 'refused') return failure.param === null || ABOUT_THE_ACCOUNT.has(failure.code ?? '')
  return failure.kind === 'no_access' || (failure.kind === 'misconfigured' && failure.status === 403)
}

/** Null: not an error of a Stripe call. */
export function failedCall(error: unknown): FailedCall | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null
  const headers = (error.headers ?? {}) as StripeHeaders
  const requestId = error.requestId ?? null
  return { failure: classify(error, headers), requestId, headers, replayed: isReplay(headers) }
}

/** https://docs.stripe.com/api/errors: branch on the status and the code, never on the message. */
function classify(error: Stripe.errors.StripeError, headers: StripeHeaders): StripeFailure {
  const { statusCode: status, code = null, message } = error
  if (status === undefined || status >= 500 || status === 424) {
    return { kind: 'unavailable', answered: status !== undefined, message }
  }
  if (status === 402) {
    const declineCode = error.decline_code ?? null
    return {
      kind: 'declined',
      code: code ?? 'card_declined',
      declineCode,
      message,
      paymentIntent: error.payment_intent ?? null,
    }
  }
  if (status === 429 || code === 'rate_limit' || code === 'lock_timeout') {
    return {
      kind: 'rate_limited',
      retryAfterS: Number(headerOf(headers, 'retry-after')) || RATE_LIMIT_RETRY_S,
    }
  }
  if (status === 409 && code === 'idempotency_key_in_use') return { kind: 'in_use' }
  if (error.rawType === 'idempotency_error') return { kind: 'key_reused' }
  if (code === 'account_invalid') return { kind: 'no_access', message }
  // A 403 without that code is about our key's own permissions. It must not read as an account that left.
  if (status === 401 || status === 403 || code === 'platform_account_required')
    return { kind: 'misconfigured', status, message }
  return { kind: 'refused', status, code, param: error.param ?? null, message }
}
