/** The two webhook endpoints that Gatehouse needs at Stripe, and the faults of the existing ones. Pure. */
import { Stripe } from 'stripe'
import { lifecycles } from '../lifecycles.ts'

export const KINDS = ['connect', 'platform'] as const
export type Kind = (typeof KINDS)[number]

/** Events are parsed in this API version. An endpoint's version is fixed when it is created. */
export const PINNED_VERSION = Stripe.API_VERSION
/** Metadata key that stores the kind of an endpoint registered by `npm run webhooks`. */
export const SCOPE_KEY = 'gatehouse_endpoint'

export function neededEvents(kind: Kind): string[] {
  return lifecycles.eventTypes
    .filter((type) => lifecycles.handlersOf(type).some(({ endpoint }) => endpoint === kind))
    .toSorted()
}

export function endpointUrl(publicUrl: string, kind: Kind): string {
  return `${publicUrl}/webhooks/stripe/${kind}`
}

export type Fault =
  | { kind: 'missing' }
  | { kind: 'wrong_scope'; id: string }
  | { kind: 'wrong_version'; id: string; version: string | null }
  | { kind: 'disabled'; id: string }
  | { kind: 'missing_events'; id: string; events: string[] }
  | { kind: 'duplicate'; ids: string[] }
  /** Harmless but wasteful: every event it sends is stored. */
  | { kind: 'unused_events'; id: string; events: string[] }

/** Faults that an update fixes. The others need a new endpoint, or a deletion. */
export type FixableFault = Extract<Fault, { kind: 'disabled' | 'missing_events' | 'unused_events' }>

export interface Finding {
  kind: Kind
  url: string
  /** The endpoint that works, or will after an update. Null: one must be registered. */
  endpoint: Stripe.WebhookEndpoint | null
  faults: Fault[]
}

export function isFixable(fault: Fault): fault is FixableFault {
  return fault.kind === 'disabled' || fault.kind === 'missing_events' || fault.kind === 'unused_events'
}

/** Compares the endpoints at Gatehouse's URL with the one of this kind that Gatehouse needs. */
export function inspectEndpoints(
  kind: Kind,
  { publicUrl, endpoints }: { publicUrl: string; endpoints: readonly Stripe.WebhookEndpoint[] },
): Finding {
  const url = endpointUrl(publicUrl, kind)
  const atUrl = endpoints.filter((endpoint) => isSameUrl(endpoint.url, url))
  const wrongScope = atUrl.filter((endpoint) => scopeOf(endpoint) !== kind)
  const inScope = atUrl.filter((endpoint) => scopeOf(endpoint) === kind)
  const wrongVersion = inScope.filter(({ api_version }) => api_version !== PINNED_VERSION)
  const usable = inScope.filter(({ api_version }) => api_version === PINNED_VERSION)
  // An endpoint of a wrong version has a fault of its own, so it does not count as a duplicate.
  const sending = usable.filter(({ status }) => status === 'enabled')
  const endpoint = sending[0] ?? usable[0] ?? null
  return {
    kind,
    url,
    endpoint,
    faults: [
      ...(endpoint ? fixableFaults(kind, endpoint) : [{ kind: 'missing' } as const]),
      ...wrongScope.map(({ id }) => ({ kind: 'wrong_scope', id }) as const),
      ...wrongVersion.map(
        ({ id, api_version: version }) => ({ kind: 'wrong_version', id, version }) as const,
      ),
      ...(sending.length > 1 ? [{ kind: 'duplicate', ids: sending.map(({ id }) => id) } as const] : []),
    ],
  }
}

function fixableFaults(
  kind: Kind,
  { id, status, enabled_events: events }: Stripe.WebhookEndpoint,
): FixableFault[] {
  const needed = neededEvents(kind)
  // `*` excludes the types that must be enabled by name; Gatehouse needs none of those.
  const missing = events.includes('*') ? [] : needed.filter((type) => !events.includes(type))
  const unused = events.filter((type) => !needed.includes(type))
  return [
    ...(status === 'enabled' ? [] : [{ kind: 'disabled', id } as const]),
    ...(missing.length > 0 ? [{ kind: 'missing_events', id, events: missing } as const] : []),
    ...(unused.length > 0 ? [{ kind: 'unused_events', id, events: unused } as const] : []),
  ]
}

/**
 * Stripe does not return the `connect` parameter. Endpoints registered here have it in their metadata; otherwise
 * `application` is set only on endpoints for connected accounts. https://docs.stripe.com/api/webhook_endpoints/object
 */
function scopeOf({ application, metadata }: Stripe.WebhookEndpoint): Kind {
  const stored = metadata[SCOPE_KEY]
  if (stored === 'connect' || stored === 'platform') return stored
  return application === null ? 'platform' : 'connect'
}

function isSameUrl(a: string, b: string): boolean {
  return URL.canParse(a) && new URL(a).href.replace(/\/$/, '') === new URL(b).href
}
