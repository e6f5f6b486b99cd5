/** Every error code of the API, with its status and title, and the RFC 9457 problem+json response made from it. */

/** Codes are part of the API and stable. Titles may be reworded at any time. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  idempotency_key_required: { status: 400, title: 'An Idempotency-Key header is required' },
  invalid_signature: { status: 400, title: 'The signature does not verify' },
  wrong_mode: { status: 400, title: 'The event belongs to the other Stripe mode' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  card_declined: { status: 402, title: 'The card was declined' },
  missing_scope: { status: 403, title: 'The API key lacks a required scope' },
  not_found: { status: 404, title: 'No such route' },
  account_not_found: { status: 404, title: 'No such account' },
  payment_not_found: { status: 404, title: 'No such payment' },
  payout_not_found: { status: 404, title: 'No such payout' },
  event_not_found: { status: 404, title: 'No such event' },
  effect_not_found: { status: 404, title: 'No such effect' },
  account_exists: { status: 409, title: 'Another account has this external_id' },
  gate_closed: { status: 409, title: 'The account may not do this now' },
  idempotency_key_reused: { status: 409, title: 'The Idempotency-Key was used for a different request' },
  idempotency_key_in_use: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  state_conflict: { status: 409, title: 'The current state does not allow this' },
  payment_state_conflict: { status: 409, title: 'The payment’s current state does not allow this' },
  payout_state_conflict: { status: 409, title: 'The payout’s current state does not allow this' },
  event_gone: { status: 410, title: 'The event’s payload is no longer available' },
  body_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  refund_exceeds_payment: { status: 422, title: 'The refund exceeds the refundable amount of the payment' },
  instant_payout_unavailable: { status: 422, title: 'No instant payout is available' },
  payouts_not_controlled: { status: 422, title: 'The platform does not control this account’s payouts' },
  schedule_not_allowed: { status: 422, title: 'The platform may not set this payout schedule' },
  stripe_refused: { status: 422, title: 'Stripe refused the request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Internal error' },
  misconfigured: { status: 500, title: 'The service is not configured correctly' },
  stripe_unavailable: { status: 502, title: 'Stripe did not answer' },
  storage_unavailable: { status: 503, title: 'The database did not answer' },
  newer_state: { status: 503, title: 'A newer version of the service wrote this state' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** `type` of RFC 9457: the code's entry in the documentation. */
const TYPE_BASE = '/docs#'

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly detail: string
  readonly members: Record<string, unknown>
  readonly retryAfterS: number | null
  readonly status: number
  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      members?: Record<string, unknown>
      retryAfterS?: number
      status?: number
      cause?: unknown
    } = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause })
    this.code = code
    this.status = options.status ?? PROBLEMS[code].status
    this.detail = detail
    this.members = options.members ?? {}
    this.retryAfterS = options.retryAfterS ?? null
  }

  toJSON(requestId: string): Record<string, unknown> {
    return {
      type: `${TYPE_BASE}${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.detail,
      code: this.code,
      request_id: requestId,
      ...this.members,
    }
  }

  toResponse(requestId: string): Response {
    return new Response(JSON.stringify(this.toJSON(requestId)), {
      status: this.status,
      headers: {
        'content-type': 'application/problem+json',
        ...(this.retryAfterS !== null && { 'retry-after': String(this.retryAfterS) }),
      },
    })
  }
}
