import { Stripe } from 'stripe'

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly form: string
}

/** A stripe-node client that records requests instead of sending them. */
export function recorder(): { stripe: Stripe; calls: Recorded[] } {
  const calls: Recorded[] = []
  const fetchFn = (address: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(address instanceof Request ? address.url : address)
    const method = init?.method ?? 'GET'
    const body = typeof init?.body === 'string' ? init.body : ''
    calls.push({ method, path: url.pathname, form: method === 'POST' ? body : url.search.slice(1) })
    return Promise.resolve(Response.json({ id: 'x', object: 'x', data: [] }))
  }
  const stripe = new Stripe('sk_test_gatehouse_dev', {
    httpClient: Stripe.createFetchHttpClient(fetchFn),
    maxNetworkRetries: 0,
    telemetry: false,
  })
  return { stripe, calls }
}
