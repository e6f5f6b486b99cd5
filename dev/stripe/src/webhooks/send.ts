import { Agent as HttpAgent, request as overHttp, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'
import type { Receipt, Wire } from './transport.ts'

const httpAgent = new HttpAgent({ keepAlive: true })
const httpsAgent = new HttpsAgent({ keepAlive: true })

/**
 * Sends a webhook over the network. Node's own client costs a third of its fetch, and a simulator that is busy
 * sending is one that measures itself. It follows no redirect, like Stripe.
 */
export async function send(wire: Wire): Promise<Receipt> {
  try {
    return await post(wire, {})
  } catch (error) {
    // The receiver had just closed the idle connection: nothing was read, so nothing was delivered.
    if (error instanceof StaleConnection) return post(wire, { agent: false })
    // The reason of an abort (a timeout) says more than the abort itself.
    throw wire.signal.aborted ? toError(wire.signal.reason) : error
  }
}

class StaleConnection extends Error {}

function post({ url, headers, body, signal }: Wire, over: RequestOptions): Promise<Receipt> {
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
