import { createHmac } from 'node:crypto'
import type Stripe from 'stripe'
import type { Attempt, Delivery, EndpointRecord, EndpointSecret } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { faultsApplyTo } from './emit.ts'
import { pendingWebhooks } from './events.ts'
import type { Transport, WebhookRequest } from './transport.ts'

/** Makes one attempt of a delivery, and schedules the next one if it fails. */
export async function attemptDelivery(world: World, id: string, transport: Transport): Promise<void> {
  const { tables } = world
  const delivery = tables.deliveries.get(id)
  if (delivery?.state !== 'waiting') return
  const record = tables.endpoints.get(delivery.endpoint)
  const event = tables.events.get(delivery.event)
  // A disabled or deleted endpoint gets no attempts. An endpoint that is enabled again in time gets them.
  if (event === undefined || record?.endpoint.status !== 'enabled') {
    tables.deliveries.replace(id, { ...delivery, state: 'failed' })
    return
  }
  if (faultsApplyTo(world, event.type) && world.faultRng.chance(world.delivery.drop)) {
    drop(world, delivery)
    return
  }
  const outcome = await send(world, event, record, transport)
  // The delivery may have been removed during the attempt.
  const current = tables.deliveries.get(id)
  if (current !== undefined) recordAttempt(world, current, outcome)
}

function drop(world: World, delivery: Delivery): void {
  const state = world.delivery.drop_as === 'delivered' ? 'delivered' : 'dropped'
  const lost: Attempt = { at: world.clock.seconds(), outcome: 'dropped', detail: null }
  world.tables.deliveries.replace(delivery.id, { ...delivery, state, attempts: [...delivery.attempts, lost] })
}

function recordAttempt(world: World, delivery: Delivery, outcome: Attempt): void {
  const attempts = [...delivery.attempts, outcome]
  const delivered = typeof outcome.outcome === 'number' && outcome.outcome >= 200 && outcome.outcome < 300
  const delay = retryDelaysMs(world)[attempts.length - 1]
  if (delivered || delivery.copy || delay === undefined) {
    const state = delivered ? 'delivered' : 'failed'
    world.tables.deliveries.replace(delivery.id, { ...delivery, state, attempts })
    return
  }
  const dueMs = world.clock.nowMs() + delay
  world.tables.deliveries.replace(delivery.id, { ...delivery, dueMs, attempts })
  world.deliveryQueue.add(dueMs, delivery.id)
}

async function send(
  world: World,
  event: Stripe.Event,
  record: EndpointRecord,
  transport: Transport,
): Promise<Attempt> {
  const at = world.clock.seconds()
  const deadline = new AbortController()
  // AbortSignal.timeout cannot be cleared and would keep each attempt in memory until it fires.
  const timer = setTimeout(() => {
    deadline.abort(new DOMException('The receiver did not answer in time.', 'TimeoutError'))
  }, world.switches.delivery_timeout_ms)
  try {
    // Stripe counts a redirect as a failure and does not follow it.
    const { status, location } = await transport(webhookRequest(world, event, record, deadline.signal))
    return { at, outcome: status, detail: location }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return { at, outcome: timedOut ? 'timeout' : 'unreachable', detail: describe(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Indents the body as Stripe does. So a receiver that verifies a re-serialised body fails here too. */
function webhookRequest(
  world: World,
  event: Stripe.Event,
  record: EndpointRecord,
  signal: AbortSignal,
): WebhookRequest {
  const { endpoint, secrets } = record
  const pending = pendingWebhooks(world, event.id)
  const payload = { ...event, api_version: endpoint.api_version, pending_webhooks: pending }
  const body = JSON.stringify(payload, null, 2)
  const seconds = Math.floor(world.clock.baseMs() / 1000) + world.delivery.signature_skew_s
  return {
    url: endpoint.url,
    signal,
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      accept: '*/*; q=0.5, application/xml',
      'stripe-signature': signatureHeader(body, secrets, seconds),
    },
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/**
 * The `Stripe-Signature` header of one attempt: a new timestamp, one `v1` for each valid secret, and the `v0` of test
 * mode, which receivers must ignore (https://docs.stripe.com/webhooks#verify-manually).
 */
function signatureHeader(body: string, secrets: readonly EndpointSecret[], seconds: number): string {
  const validSecrets = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > seconds)
  const schemes = validSecrets.map(({ value }) => `v1=${hmac(value, `${seconds}.${body}`)}`)
  return [`t=${seconds}`, ...schemes, `v0=${hmac('not-the-secret', `${seconds}.${body}`)}`].join(',')
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Live mode retries for three days (https://docs.stripe.com/webhooks#retries). */
const LIVE = [
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
]
/** A sandbox retries three times within a few hours. */
const SANDBOX = [5 * MINUTE, HOUR, 3 * HOUR]

/** The delay after each failed attempt. */
function retryDelaysMs({ switches, timeScale }: World): readonly number[] {
  const delays = switches.delivery_retries === 'live' ? LIVE : SANDBOX
  return delays.map((delay) => delay * timeScale)
}
