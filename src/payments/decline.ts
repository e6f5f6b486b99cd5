/**
 * A declined card is an answer, not a failure: the payment exists and waits for another card. A retry gets the same answer,
 * even where only the PaymentIntent still shows the decline.
 */
import type { Stripe } from 'stripe'
import { Problem } from '../http/problem.ts'
import type { FailedCall } from '../stripe/errors.ts'
import type { PaymentBody } from './schemas.ts'

export interface Decline {
  code: string
  declineCode: string | null
  message: string
  requestId: string | null
}

/** Null: the call failed for another reason. */
export function declineOfCall(failed: FailedCall | null): Decline | null {
  if (failed?.failure.kind !== 'declined') return null
  const { code, declineCode, message } = failed.failure
  return { code, declineCode, message, requestId: failed.requestId }
}

/** For a PaymentIntent that was confirmed when it was created. Null: it was not declined. */
export function declineOfIntent({ status, last_payment_error: error }: Stripe.PaymentIntent): Decline | null {
  if (status !== 'requires_payment_method' || !error) return null
  return {
    code: error.code ?? 'card_declined',
    declineCode: error.decline_code ?? null,
    message: error.message ?? 'The card was declined.',
    requestId: null,
  }
}

/** `payment` null: Stripe declined the card before it created a PaymentIntent. */
export function declineProblem(
  { code, declineCode, message, requestId }: Decline,
  payment: PaymentBody | null,
): Problem {
  return new Problem('card_declined', message, {
    members: {
      stripe_code: code,
      decline_code: declineCode,
      stripe_request_id: requestId,
      ...(payment && { payment }),
    },
  })
}
