/** The two webhook endpoints Gatehouse needs at Stripe, and what is wrong with those that are there. Pure. */
import { Stripe } from 'stripe'
import { lifecycles } from '../lifecycles.ts'

export const KINDS = ['connect', 'platform'] as const
export type Kind = (typeof KINDS)[number]

/** Events are read in the shape of this version; an endpoint sends the one it was made with for ever. */
export const PINNED_VERSION = Stripe.API_VERSION
/** Says of an endpoint made here which of the two it is. */
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
  | { kind: 'doubled'; ids: string[] }
  /** Harmless, and a cost: every event it sends is stored. */
  | { kind: 'needless_events'; id: string; events: string[] }

/** Faults that an update mends; the rest needs a new endpoint, or one less. */
export type Mendable = Extract<Fault, { kind: 'disabled' | 'missing_events' | 'needless_events' }>

export interface Finding {
  kind: Kind
  url: string
  /** The endpoint that does the work, or would after an update; null: there is none. */
  endpoint: Stripe.WebhookEndpoint | null
  faults: Fault[]
}

export function isMendable(fault: Fault): fault is Mendable {
  return fault.kind === 'disabled' || fault.kind === 'missing_events' || fault.kind === 'needless_events'
}

export function examine(
  kind: Kind,
  { publicUrl, endpoints }: { publicUrl: string; endpoints: readonly Stripe.WebhookEndpoint[] },
): Finding {
  const url = endpointUrl(publicUrl, kind)
  const here = endpoints.filter((endpoint) => isSameUrl(endpoint.url, url))
  const wrongScope = here.filter((endpoint) => scopeOf(endpoint) !== kind)
  const inScope = here.filter((endpoint) => scopeOf(endpoint) === kind)
  const wrongVersion = inScope.filter(({ api_version }) => api_version !== PINNED_VERSION)
  const usable = inScope.filter(({ api_version }) => api_version === PINNED_VERSION)
  const endpoint = usable.find(({ status }) => status === 'enabled') ?? usable[0] ?? null
  // One of another version says of itself that it has to go.
  const sending = usable.filter(({ status }) => status === 'enabled')
  return {
    kind,
    url,
    endpoint,
    faults: [
      ...(endpoint ? mendable(kind, endpoint) : [{ kind: 'missing' } as const]),
      ...wrongScope.map(({ id }) => ({ kind: 'wrong_scope', id }) as const),
      ...wrongVersion.map(
        ({ id, api_version: version }) => ({ kind: 'wrong_version', id, version }) as const,
      ),
      ...(sending.length > 1 ? [{ kind: 'doubled', ids: sending.map(({ id }) => id) } as const] : []),
    ],
  }
}

function mendable(kind: Kind, { id, status, enabled_events: events }: Stripe.WebhookEndpoint): Mendable[] {
  const needed = neededEvents(kind)
  // `*` leaves out the types that have to be asked for by name; none of ours is one.
  const missing = events.includes('*') ? [] : needed.filter((type) => !events.includes(type))
  const needless = events.filter((type) => !needed.includes(type))
  return [
    ...(status === 'enabled' ? [] : [{ kind: 'disabled', id } as const]),
    ...(missing.length > 0 ? [{ kind: 'missing_events', id, events: missing } as const] : []),
    ...(needless.length > 0 ? [{ kind: 'needless_events', id, events: needless } as const] : []),
  ]
}

/**
 * Stripe does not say `connect` of an endpoint. One that listens to connected accounts names the platform's application;
 * one made here says so itself. https://docs.stripe.com/api/webhook_endpoints/object
 */
function scopeOf({ application, metadata }: Stripe.WebhookEndpoint): Kind {
  const said = metadata[SCOPE_KEY]
  if (said === 'connect' || said === 'platform') return said
  return application === null ? 'platform' : 'connect'
}

function isSameUrl(a: string, b: string): boolean {
  return URL.canParse(a) && new URL(a).href.replace(/\/$/, '') === new URL(b).href
}
