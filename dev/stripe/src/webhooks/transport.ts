import { Agent as HttpAgent, request as overHttp, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'

/** One webhook request. */
export interface WebhookRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

/** The part of the receiver's answer that counts. */
export interface WebhookResponse {
  readonly status: number
  readonly location: string | null
}

/** Sends a webhook. It takes plain values, since creating a Request and a Response costs more than the sending. */
export type Transport = (request: WebhookRequest) => Promise<WebhookResponse>

/** Receives webhooks in the same process. */
export type Deliver = (request: Request) => Promise<Response>

export function sendTo(deliver: Deliver): Transport {
  return async ({ url, headers, body, signal }) => {
    const request = new Request(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    const response = await Promise.race([deliver(request), rejectOnAbort(signal)])
    await response.body?.cancel()
    return { status: response.status, location: response.headers.get('location') }
  }
}

/** A receiver in the same process may ignore the signal, so the timeout must not depend on it. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

const httpAgent = new HttpAgent({ keepAlive: true })
const httpsAgent = new HttpsAgent({ keepAlive: true })

/**
 * Sends a webhook over the network. Node's http client costs a third of its fetch, which matters in benchmarks. Like
 * Stripe, it follows no redirect.
 */
export async function sendOverNetwork(request: WebhookRequest): Promise<WebhookResponse> {
  try {
    return await post(request, {})
  } catch (error) {
    // The receiver had closed the idle connection and read nothing, so the webhook is sent again.
    if (error instanceof StaleConnection) return post(request, { agent: false })
    // The abort reason tells a timeout from other errors.
    throw request.signal.aborted ? toError(request.signal.reason) : error
  }
}

class StaleConnection extends Error {}

function post(
  { url, headers, body, signal }: WebhookRequest,
  over: RequestOptions,
): Promise<WebhookResponse> {
  const secure = url.startsWith('https:')
  const options: RequestOptions = {
    method: 'POST',
    agent: secure ? httpsAgent : httpAgent,
    signal,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    ...over,
  }
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? overHttps : overHttp)(url, options, (incoming) => {
      incoming.on('error', reject)
      incoming.resume().on('end', () => {
        resolve({ status: incoming.statusCode ?? 500, location: incoming.headers.location ?? null })
      })
    })
    outgoing.on('error', (error) => {
      const stale = outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
      reject(stale ? new StaleConnection(error.message) : error)
    })
    outgoing.end(body)
  })
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
