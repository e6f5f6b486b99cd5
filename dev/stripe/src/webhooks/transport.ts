/** One webhook request as it goes out. */
export interface Wire {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

/** What matters of an answer. */
export interface Receipt {
  readonly status: number
  readonly location: string | null
}

/** How webhooks leave. Plain values: a Request and a Response for every attempt would cost more than sending it. */
export type Transport = (wire: Wire) => Promise<Receipt>

/** How a test takes webhooks: as the requests they are. */
export type Deliver = (request: Request) => Promise<Response>

export function viaRequests(deliver: Deliver): Transport {
  return async ({ url, headers, body, signal }) => {
    const request = new Request(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    const response = await Promise.race([deliver(request), givenUp(signal)])
    await response.body?.cancel()
    return { status: response.status, location: response.headers.get('location') }
  }
}

/** Whoever takes a request in the same process need not notice that nobody waits any more. */
function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
