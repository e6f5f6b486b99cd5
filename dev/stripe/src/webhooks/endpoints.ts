import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, noSuch, refused } from '../core/errors.ts'
import { listPage } from '../core/list.ts'
import { mergeMetadata } from '../core/merge.ts'
import { newId, type World } from '../core/world.ts'
import { API_VERSION } from './emit.ts'
import type { EndpointRecord } from './endpoint-record.ts'

/** As many as one sandbox may have. */
const MOST_ENDPOINTS = 16

/** `POST /v1/webhook_endpoints`. Only this answer ever carries the secret. */
export function createWebhookEndpoint({
  world,
  params,
}: Call<Stripe.WebhookEndpointCreateParams>): Stripe.WebhookEndpoint {
  if (world.tables.endpoints.size >= MOST_ENDPOINTS) {
    throw refused(`You have reached the maximum of ${MOST_ENDPOINTS} test webhook endpoints.`)
  }
  const secret = `whsec_${world.ids.text(32)}`
  const record = newEndpoint(world, {
    url: checkUrl(params.url),
    enabled_events: checkEvents(params.enabled_events),
    connect: params.connect === true,
    secret,
    api_version: params.api_version ?? null,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
  })
  return { ...record.endpoint, secret }
}

export interface EndpointWish {
  readonly url: string
  readonly connect: boolean
  readonly secret: string
  readonly enabled_events: readonly string[]
  readonly api_version?: string | null
  readonly description?: string | null
  readonly metadata?: Record<string, string>
}

export function newEndpoint(world: World, wish: EndpointWish): EndpointRecord {
  const id = newId(world, 'we')
  return world.tables.endpoints.insert(world.platform.account, id, {
    connect: wish.connect,
    secrets: [{ value: wish.secret, expiresAt: null }],
    endpoint: {
      id,
      object: 'webhook_endpoint',
      api_version: wish.api_version ?? API_VERSION,
      // Which of the two it is can be read off this alone: https://github.com/stripe/stripe-dotnet/issues/1876
      application: wish.connect ? world.platform.application : null,
      created: world.clock.seconds(),
      description: wish.description ?? null,
      enabled_events: [...wish.enabled_events],
      livemode: false,
      metadata: wish.metadata ?? {},
      status: 'enabled',
      url: wish.url,
    },
  })
}

export function retrieveWebhookEndpoint(call: Call): Stripe.WebhookEndpoint {
  return find(call).endpoint
}

/** `connect` and `api_version` are for life. */
export function updateWebhookEndpoint(
  call: Call<Stripe.WebhookEndpointUpdateParams>,
): Stripe.WebhookEndpoint {
  const { world, params } = call
  const record = find(call)
  const old = record.endpoint
  const endpoint = {
    ...old,
    ...(params.description === undefined ? {} : { description: params.description }),
    ...(params.disabled === undefined ? {} : { status: params.disabled ? 'disabled' : 'enabled' }),
    ...(params.enabled_events === undefined ? {} : { enabled_events: checkEvents(params.enabled_events) }),
    ...(params.url === undefined ? {} : { url: checkUrl(params.url) }),
    metadata: mergeMetadata(old.metadata, params.metadata),
  }
  return world.tables.endpoints.replace(old.id, { ...record, endpoint }).endpoint
}

export function deleteWebhookEndpoint(call: Call): Stripe.DeletedWebhookEndpoint {
  const { endpoint } = find(call)
  call.world.tables.endpoints.remove(endpoint.id)
  return { id: endpoint.id, object: 'webhook_endpoint', deleted: true }
}

export function listWebhookEndpoints({
  world,
  params,
}: Call<Stripe.WebhookEndpointListParams>): Stripe.ApiList<Stripe.WebhookEndpoint> {
  return listPage(world.tables.endpoints, {
    owner: world.platform.account,
    params,
    url: '/v1/webhook_endpoints',
    kind: 'webhook endpoint',
    view: ({ endpoint }) => endpoint,
  })
}

function find(call: Call): EndpointRecord {
  const id = pathId(call)
  const record = call.world.tables.endpoints.owned(call.scope, id)
  if (record === undefined) throw noSuch('webhook endpoint', id)
  return record
}

function checkUrl(url: string): string {
  if (/^https?:\/\/[^\s/]+/.test(url) && URL.canParse(url)) return url
  throw invalidParameter('Invalid URL: An explicit scheme (such as https) must be provided.', {
    code: 'url_invalid',
    param: 'url',
  })
}

function checkEvents(events: readonly string[]): string[] {
  if (events.includes('*') && events.length > 1) {
    throw invalidParameter('You may not specify other event types when subscribing to all of them.', {
      param: 'enabled_events',
    })
  }
  return [...events]
}
