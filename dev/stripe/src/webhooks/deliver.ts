import type Stripe from 'stripe'
import type { World } from '../core/world.ts'
import type { Attempt, Delivery } from './delivery.ts'
import type { EndpointRecord } from './endpoint-record.ts'
import { pendingWebhooks } from './events.ts'
import { retryDelaysMs } from './retries.ts'
import { misbehaves } from './schedule.ts'
import { signatureHeader } from './signature.ts'
import type { Transport, Wire } from './transport.ts'

/** Makes one attempt at one delivery and books the next if it failed. */
export async function attempt(world: World, id: string, transport: Transport): Promise<void> {
  const { tables } = world
  const delivery = tables.deliveries.get(id)
  if (delivery?.state !== 'waiting') return
  const record = tables.endpoints.get(delivery.endpoint)
  const event = tables.events.get(delivery.event)
  // A disabled or deleted endpoint gets no further retries; enabled again before the next one, it does.
  if (event === undefined || record?.endpoint.status !== 'enabled') {
    tables.deliveries.replace(id, { ...delivery, state: 'failed' })
    return
  }
  if (misbehaves(world, event.type) && world.luck.chance(world.delivery.drop)) {
    drop(world, delivery)
    return
  }
  const outcome = await send(world, event, record, transport)
  // A reset may have emptied the world meanwhile.
  const current = tables.deliveries.get(id)
  if (current !== undefined) conclude(world, current, outcome)
}

function drop(world: World, delivery: Delivery): void {
  const state = world.delivery.drop_as === 'delivered' ? 'delivered' : 'dropped'
  const lost: Attempt = { at: world.clock.seconds(), outcome: 'dropped', detail: null }
  world.tables.deliveries.replace(delivery.id, { ...delivery, state, attempts: [...delivery.attempts, lost] })
}

function conclude(world: World, delivery: Delivery, outcome: Attempt): void {
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
  world.due.add(dueMs, delivery.id)
}

async function send(
  world: World,
  event: Stripe.Event,
  record: EndpointRecord,
  transport: Transport,
): Promise<Attempt> {
  const at = world.clock.seconds()
  const deadline = new AbortController()
  // A timer of our own, cleared at the end: AbortSignal.timeout would keep every attempt in memory until it rings.
  const timer = setTimeout(() => {
    deadline.abort(new DOMException('The receiver did not answer in time.', 'TimeoutError'))
  }, world.switches.delivery_timeout_ms)
  try {
    // A redirect is not followed: Stripe takes it for a failure.
    const { status, location } = await transport(envelope(world, event, record, deadline.signal))
    return { at, outcome: status, detail: location }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return { at, outcome: timedOut ? 'timeout' : 'unreachable', detail: describe(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Indented as Stripe sends it: whoever verifies a re-serialised body fails here as they would there. */
function envelope(world: World, event: Stripe.Event, record: EndpointRecord, signal: AbortSignal): Wire {
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
