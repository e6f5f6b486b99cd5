/** Turns every error that a request can throw into a problem. Internal details go to the log only. */
import { HTTPException } from 'hono/http-exception'
import { UnreadableState } from '../../machines/lifecycle.ts'
import { StorageUnavailable, UnstorableText } from '../store/database.ts'
import { SearchIncomplete } from '../stripe/find-listed.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { Problem } from './problem.ts'

const RETRY_S = 2
const SAFE_TO_RETRY = 'A retry with the same Idempotency-Key is safe: nothing happens twice.'

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const failed = failedCall(error)
  if (failed) return fromStripe(failed)
  if (error instanceof StorageUnavailable) {
    return new Problem('storage_unavailable', `The database did not answer in time. ${SAFE_TO_RETRY}`, {
      retryAfterS: RETRY_S,
    })
  }
  if (error instanceof UnstorableText) {
    return new Problem(
      'invalid_request',
      'A text in the request contains the character U+0000, which cannot be stored. Remove it.',
    )
  }
  if (error instanceof SearchIncomplete) {
    return new Problem(
      'stripe_unavailable',
      `Stripe may or may not have executed this request, and its list has grown too long to search for the object. ${SAFE_TO_RETRY} A retry succeeds once Stripe’s event for the object arrives.`,
      { retryAfterS: 60 },
    )
  }
  if (error instanceof UnreadableState && error.newer) {
    return new Problem('newer_state', `A newer version of this service is being deployed. ${SAFE_TO_RETRY}`, {
      retryAfterS: RETRY_S,
    })
  }
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem('invalid_json', 'The body is not valid JSON.')
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new Problem(
      'unsupported_media_type',
      'Send the body as JSON, with `content-type: application/json`.',
    )
  }
  return new Problem(
    'internal_error',
    'The request failed because of an error in this service. Its log has the cause under the request id.',
  )
}

export function keyInUse(members: Record<string, unknown> = {}): Problem {
  return new Problem(
    'idempotency_key_in_use',
    `A request with this Idempotency-Key is still running. ${SAFE_TO_RETRY}`,
    {
      members,
      retryAfterS: 1,
    },
  )
}

export function keyReused(): Problem {
  return new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key was used before with another method, path or body. Use a new key for a new request.',
  )
}

function fromStripe({ failure, requestId }: FailedCall): Problem {
  const members = { stripe_request_id: requestId }
  switch (failure.kind) {
    case 'declined':
      return new Problem('card_declined', failure.message, {
        members: { ...members, stripe_code: failure.code, decline_code: failure.declineCode },
      })
    case 'no_access':
      return new Problem(
        'stripe_refused',
        'Stripe does not allow this platform to act on behalf of the account.',
        {
          members: { ...members, stripe_code: 'account_invalid' },
        },
      )
    case 'refused':
      return new Problem('stripe_refused', failure.message, {
        members: { ...members, stripe_code: failure.code, param: failure.param },
      })
    case 'key_reused':
      return new Problem(
        'idempotency_key_reused',
        'Stripe has received this Idempotency-Key with other parameters. Use a new key for a new request.',
        { members },
      )
    case 'in_use':
      return keyInUse(members)
    case 'rate_limited':
      return new Problem('stripe_unavailable', `Stripe is rate limiting this platform. ${SAFE_TO_RETRY}`, {
        members,
        status: 503,
        retryAfterS: failure.retryAfterS,
      })
    case 'unavailable':
      return new Problem(
        'stripe_unavailable',
        `Stripe did not answer and may have executed the request. ${SAFE_TO_RETRY}`,
        {
          members,
          retryAfterS: RETRY_S,
        },
      )
    case 'misconfigured':
      return new Problem(
        'stripe_unavailable',
        'Stripe rejects this service’s own key or its permissions. The operators must correct STRIPE_SECRET_KEY.',
        { members },
      )
  }
}
