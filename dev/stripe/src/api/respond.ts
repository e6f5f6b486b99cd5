import type Stripe from 'stripe'
import type { StripeErrorBody, StripeRefusal } from '../core/errors.ts'
import type { Answer, RequestLine } from '../core/records.ts'
import { API_VERSION, type World } from '../core/world.ts'

/** How many requests the log keeps at least. */
const LOG_SIZE = 500

/** An answer with what its headers say about the idempotency key. */
export interface SentAnswer extends Answer {
  readonly replayed: boolean
  /** The request that was executed, if the answer has an idempotency key. */
  readonly originalRequest: string | null
}

export function respond(world: World, raw: Request, sent: SentAnswer): Response {
  const headers = commonHeaders(world, raw, sent.requestId)
  const marked = !sent.replayed || world.switches.idempotent_replayed_header
  if (sent.replayed && marked) headers['idempotent-replayed'] = 'true'
  if (sent.originalRequest !== null && marked) headers['original-request'] = sent.originalRequest
  logRequest(world, raw, sent.requestId, sent.status)
  return new Response(JSON.stringify(sent.body), { status: sent.status, headers })
}

export function respondRefusal(
  world: World,
  raw: Request,
  request: Stripe.Event.Request,
  refusal: StripeRefusal,
): Response {
  const headers = { ...commonHeaders(world, raw, request.id ?? ''), ...refusal.headers }
  logRequest(world, raw, request.id, refusal.status)
  return new Response(JSON.stringify(errorResponseBody(world, request, refusal)), {
    status: refusal.status,
    headers,
  })
}

/** The response body of a refusal, with links to the documentation and the log. */
export function errorResponseBody(
  world: World,
  request: Stripe.Event.Request,
  refusal: StripeRefusal,
): object {
  return { error: withLinks(refusal.error, request.id ?? '', world.clock.seconds()) }
}

export function logRequest(
  world: World,
  raw: Request,
  id: string | null,
  status: RequestLine['status'],
): void {
  world.requestLog.push({
    id: id ?? '',
    at: world.clock.seconds(),
    method: raw.method,
    path: new URL(raw.url).pathname,
    account: raw.headers.get('stripe-account'),
    status,
  })
  if (world.requestLog.length > LOG_SIZE * 2) world.requestLog.splice(0, LOG_SIZE)
}

function withLinks(error: StripeErrorBody, requestId: string, seconds: number): StripeErrorBody {
  return {
    ...error,
    ...(error.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll('_', '-')}` }),
    request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}?t=${seconds}`,
  }
}

function commonHeaders(world: World, raw: Request, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    date: new Date(world.clock.nowMs()).toUTCString(),
    'request-id': requestId,
    'stripe-version': API_VERSION,
  }
  for (const echoed of ['idempotency-key', 'stripe-account']) {
    const value = raw.headers.get(echoed)
    if (value !== null) headers[echoed] = value
  }
  return headers
}
