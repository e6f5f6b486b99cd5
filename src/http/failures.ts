/** Every way a request can fail, as one answer each. Plain to the caller; the log has the rest. */
import { HTTPException } from 'hono/http-exception'
import { UnreadableState } from '../../machines/lifecycle.ts'
import { StorageUnavailable } from '../store/database.ts'
import { SearchIncomplete } from '../stripe/find-listed.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { Problem } from './problem.ts'

const RETRY_S = 2
const SAFE = 'Trying again with the same Idempotency-Key is safe: nothing is done twice.'

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const failed = failedCall(error)
  if (failed) return fromStripe(failed)
  if (error instanceof StorageUnavailable) {
    return new Problem('storage_unavailable', `The database did not answer in time. ${SAFE}`, {
      retryAfterS: RETRY_S,
    })
  }
  if (error instanceof SearchIncomplete) {
    return new Problem(
      'stripe_unavailable',
      `Whether it was done is not known, and too much was done since to look through. ${SAFE} It is found once its event arrives.`,
      { retryAfterS: 60 },
    )
  }
  if (error instanceof UnreadableState && error.newer) {
    return new Problem('newer_state', `A newer version of this service is taking over. ${SAFE}`, {
      retryAfterS: RETRY_S,
    })
  }
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem('invalid_json', 'The body could not be read as JSON.')
  }
  if (error instanceof HTTPException && error.status === 413) {
    return new Problem('body_too_large', 'The body is larger than this route takes.')
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new Problem(
      'unsupported_media_type',
      'Send the body as JSON, with `content-type: application/json`.',
    )
  }
  return new Problem(
    'internal_error',
    'The request failed for a reason of ours. It was logged under the request id.',
  )
}

export function keyInUse(members: Record<string, unknown> = {}): Problem {
  return new Problem(
    'idempotency_key_in_use',
    `A request with this Idempotency-Key is still running. ${SAFE}`,
    {
      members,
      retryAfterS: 1,
    },
  )
}

export function keyReused(): Problem {
  return new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key was sent with another method, path or body before. Use a new key for a new request.',
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
      return new Problem('stripe_refused', 'Stripe does not let this platform act for the account.', {
        members: { ...members, stripe_code: 'account_invalid' },
      })
    case 'refused':
      return new Problem('stripe_refused', failure.message, {
        members: { ...members, stripe_code: failure.code, param: failure.param },
      })
    case 'key_reused':
      return new Problem(
        'idempotency_key_reused',
        'Stripe saw this Idempotency-Key with other parameters before.',
        { members },
      )
    case 'in_use':
      return keyInUse(members)
    case 'rate_limited':
      return new Problem('stripe_unavailable', `Stripe limits how often it may be asked. ${SAFE}`, {
        members,
        status: 503,
        retryAfterS: failure.retryAfterS,
      })
    case 'unavailable':
      return new Problem('stripe_unavailable', `Stripe did not answer; what it did is not known. ${SAFE}`, {
        members,
        retryAfterS: RETRY_S,
      })
    case 'misconfigured':
      return new Problem(
        'stripe_unavailable',
        'Stripe does not accept this service’s own key. Its operators must mend it.',
        { members },
      )
  }
}
