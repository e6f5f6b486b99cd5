/** Classifies the failure of a Stripe call by what its caller can do about it. */
import { Stripe } from 'stripe'
import { headerOf, isReplay, type StripeHeaders } from './headers.ts'

export type StripeFailure =
  /** 402: an answer, not an error. The same attempt would be declined again. */
  | {
      kind: 'declined'
      code: string
      declineCode: string | null
      message: string
      paymentIntent: Stripe.PaymentIntent | null
    }
  /** The platform may not act for the account, or no longer may, or the account does not exist. */
  | { kind: 'no_access'; message: string }
  /** Any other 4xx: Stripe did nothing and says why. */
  | { kind: 'refused'; status: number; code: string | null; param: string | null; message: string }
  /** A request with the same Idempotency-Key is still running. */
  | { kind: 'in_use' }
  /** The same Idempotency-Key was sent with other parameters before. */
  | { kind: 'key_reused' }
  | { kind: 'rate_limited'; retryAfterS: number }
  /** Our own API key or its permissions are wrong: only operators can fix it. */
  | { kind: 'misconfigured'; status: number; message: string }
  /** No answer, or a 5xx: the outcome is unknown. `answered`: the request has ended, and its key replays the failure. */
  | { kind: 'unavailable'; answered: boolean; message: string }

export interface FailedCall {
  failure: StripeFailure
  requestId: string | null
  headers: StripeHeaders
  /** Stripe replayed the failure that it had stored under the idempotency key. */
  replayed: boolean
}

const RATE_LIMIT_RETRY_S = 2

/** Codes that blame the account, whichever parameter they name. https://docs.stripe.com/error-codes */
const ABOUT_THE_ACCOUNT = new Set([
  'capability_not_active',
  'payment_method_unactivated',
  'testmode_charges_only',
])

/**
 * Whether Stripe refused, and did nothing, for a reason that may lie with the account. Such refusals may have no code and be
 * a 400 or a 403. So every refusal counts, except one that names a parameter or blames our own key.
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
  // A 403 without that code is about our key's permissions. It must not look like an account that disconnected.
  if (status === 401 || status === 403 || code === 'platform_account_required')
    return { kind: 'misconfigured', status, message }
  return { kind: 'refused', status, code, param: error.param ?? null, message }
}
