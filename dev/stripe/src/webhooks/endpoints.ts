import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, noSuch, refused } from '../core/errors.ts'
import { mergeMetadata } from '../core/json.ts'
import { listPage } from '../core/list.ts'
import type { EndpointRecord } from '../core/records.ts'
import { API_VERSION, type World, newId } from '../core/world.ts'

/** The limit of a sandbox. */
const MAX_ENDPOINTS = 16

/** `POST /v1/webhook_endpoints`. Only this answer has the secret. */
export function createWebhookEndpoint({
  world,
  params,
}: Call<Stripe.WebhookEndpointCreateParams>): Stripe.WebhookEndpoint {
  if (world.tables.endpoints.size >= MAX_ENDPOINTS) {
    throw refused(`You have reached the maximum of ${MAX_ENDPOINTS} test webhook endpoints.`)
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

interface EndpointInput {
  readonly url: string
  readonly connect: boolean
  readonly secret: string
  readonly enabled_events: readonly string[]
  readonly api_version?: string | null
  readonly description?: string | null
  readonly metadata?: Record<string, string>
}

function newEndpoint(world: World, input: EndpointInput): EndpointRecord {
  const id = newId(world, 'we')
  return world.tables.endpoints.insert(world.platform.account, id, {
    connect: input.connect,
    secrets: [{ value: input.secret, expiresAt: null }],
    endpoint: {
      id,
      object: 'webhook_endpoint',
      api_version: input.api_version ?? API_VERSION,
      // Only this field tells the two kinds of endpoint apart: https://github.com/stripe/stripe-dotnet/issues/1876
      application: input.connect ? world.platform.application : null,
      created: world.clock.seconds(),
      description: input.description ?? null,
      enabled_events: [...input.enabled_events],
      livemode: false,
      metadata: input.metadata ?? {},
      status: 'enabled',
      url: input.url,
    },
  })
}

/** An endpoint that exists from the start, at the simulated API version. */
export interface WebhookOption {
  readonly url: string
  readonly connect: boolean
  readonly secret: string
  readonly enabled_events?: readonly string[]
}

/** Creates an endpoint. If a restored world has it already, it keeps its id and gets the new secret and event types. */
export function putEndpoint(world: World, webhook: WebhookOption): void {
  const { url, connect, secret, enabled_events: events = ['*'] } = webhook
  const existing = [...world.tables.endpoints.values()].find(
    (record) => record.endpoint.url === url && record.connect === connect,
  )
  if (existing === undefined) {
    newEndpoint(world, { ...webhook, enabled_events: events })
    return
  }
  world.tables.endpoints.replace(existing.endpoint.id, {
    ...existing,
    secrets: [{ value: secret, expiresAt: null }],
    endpoint: { ...existing.endpoint, enabled_events: [...events] },
  })
}

export function retrieveWebhookEndpoint(call: Call): Stripe.WebhookEndpoint {
  return find(call).endpoint
}

/** `connect` and `api_version` cannot change. */
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
