/**
 * A decline is an answer: the payment exists and waits for another card, and the same request always gets this answer,
 * also where only the payment is left to tell it.
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

/** Null: the call did not fail for the card. */
export function declineOf(failed: FailedCall | null): Decline | null {
  if (failed?.failure.kind !== 'declined') return null
  const { code, declineCode, message } = failed.failure
  return { code, declineCode, message, requestId: failed.requestId }
}

/** What became of a payment that was confirmed when it was made; null: no decline. */
export function declineIn({ status, last_payment_error: error }: Stripe.PaymentIntent): Decline | null {
  if (status !== 'requires_payment_method' || !error) return null
  return {
    code: error.code ?? 'card_declined',
    declineCode: error.decline_code ?? null,
    message: error.message ?? 'The card was declined.',
    requestId: null,
  }
}

export function declined(
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
