import { Agent as HttpAgent, request as overHttp, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'

const httpAgent = new HttpAgent({ keepAlive: true })
const httpsAgent = new HttpsAgent({ keepAlive: true })

/**
 * Sends a webhook over the network. Node's own client costs a third of its fetch, and a simulator that is busy
 * sending is one that measures itself. It follows no redirect, like Stripe.
 */
export async function send(request: Request): Promise<Response> {
  const body = await request.text()
  const headers = { ...Object.fromEntries(request.headers), 'content-length': Buffer.byteLength(body) }
  const options = { method: request.method, signal: request.signal, headers }
  try {
    return await post(request.url, options, body)
  } catch (error) {
    // The receiver had just closed the idle connection: nothing was read, so nothing was delivered.
    if (error instanceof StaleConnection) return post(request.url, { ...options, agent: false }, body)
    // The reason of an abort (a timeout) says more than the abort itself.
    throw request.signal.aborted ? toError(request.signal.reason) : error
  }
}

class StaleConnection extends Error {}

function post(url: string, options: RequestOptions, body: string): Promise<Response> {
  const secure = url.startsWith('https:')
  const agent = options.agent ?? (secure ? httpsAgent : httpAgent)
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? overHttps : overHttp)(url, { ...options, agent }, (incoming) => {
      incoming.on('error', reject)
      incoming.resume().on('end', () => {
        const { location } = incoming.headers
        const headers = location === undefined ? {} : { location }
        resolve(new Response(null, { status: incoming.statusCode ?? 500, headers }))
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
