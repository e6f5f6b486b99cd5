/** Errors as part of the product: every code with its status and meaning, on the wire as RFC 9457 problem+json. */

/** `code` is API: stable, listed in the docs, asserted by tests. Titles may be reworded any day. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  idempotency_key_required: { status: 400, title: 'An Idempotency-Key header is required' },
  invalid_signature: { status: 400, title: 'The signature does not verify' },
  wrong_mode: { status: 400, title: 'The event is of the other mode' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  card_declined: { status: 402, title: 'The card was declined' },
  missing_scope: { status: 403, title: 'The API key lacks a scope' },
  not_found: { status: 404, title: 'Nothing is here' },
  account_not_found: { status: 404, title: 'No such account' },
  payment_not_found: { status: 404, title: 'No such payment' },
  payout_not_found: { status: 404, title: 'No such payout' },
  event_not_found: { status: 404, title: 'No such event' },
  effect_not_found: { status: 404, title: 'No such effect' },
  account_exists: { status: 409, title: 'The external_id is taken' },
  gate_closed: { status: 409, title: 'The account may not do this now' },
  idempotency_key_reused: { status: 409, title: 'The Idempotency-Key came with another request before' },
  idempotency_key_in_use: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  state_conflict: { status: 409, title: 'The state does not allow this' },
  payment_state_conflict: { status: 409, title: 'The payment does not allow this now' },
  payout_state_conflict: { status: 409, title: 'The payout does not allow this now' },
  event_gone: { status: 410, title: 'Nothing of the event is kept any more' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  refund_exceeds_payment: { status: 422, title: 'More than is left of the payment' },
  instant_payout_unavailable: { status: 422, title: 'No instant payout can be made' },
  payouts_not_controlled: { status: 422, title: 'The account’s payouts are not the platform’s to make' },
  schedule_not_allowed: { status: 422, title: 'The schedule is not the platform’s to set so' },
  stripe_refused: { status: 422, title: 'Stripe refused the request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Something broke here' },
  stripe_unavailable: { status: 502, title: 'Stripe did not answer' },
  storage_unavailable: { status: 503, title: 'The database did not answer' },
  newer_state: { status: 503, title: 'A newer version has taken this over' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** Where the meaning of a code is written down; `type` of RFC 9457. */
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
