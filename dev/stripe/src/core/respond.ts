import type Stripe from 'stripe'
import { API_VERSION } from '../webhooks/emit.ts'
import type { StripeErrorBody, StripeRefusal } from './errors.ts'
import type { Sent } from './idempotency.ts'
import type { RequestLine, World } from './world.ts'

/** How many requests the log remembers. */
const REMEMBERED = 500

export function respond(world: World, raw: Request, sent: Sent): Response {
  const headers = commonHeaders(world, raw, sent.requestId)
  const marked = !sent.replayed || world.switches.idempotent_replayed_header
  if (sent.replayed && marked) headers['idempotent-replayed'] = 'true'
  if (sent.original !== null && marked) headers['original-request'] = sent.original
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
  return new Response(JSON.stringify(envelope(world, request, refusal)), { status: refusal.status, headers })
}

/** The body of a refusal, with where to read more about it. */
export function envelope(world: World, request: Stripe.Event.Request, refusal: StripeRefusal): object {
  return { error: withLinks(refusal.error, request.id ?? '', world.clock.seconds()) }
}

export function logRequest(
  world: World,
  raw: Request,
  id: string | null,
  status: RequestLine['status'],
): void {
  world.requests.push({
    id: id ?? '',
    at: world.clock.seconds(),
    method: raw.method,
    path: new URL(raw.url).pathname,
    account: raw.headers.get('stripe-account'),
    status,
  })
  if (world.requests.length > REMEMBERED * 2) world.requests.splice(0, REMEMBERED)
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
