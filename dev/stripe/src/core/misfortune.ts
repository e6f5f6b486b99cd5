import type Stripe from 'stripe'
import type { Failure } from './fault.ts'
import { logRequest, respondRefusal } from './respond.ts'
import type { World } from './world.ts'

/** The connection broke. In-process callers see fetch reject; the server destroys the socket. */
export class ConnectionReset extends TypeError {
  override readonly name = 'ConnectionReset'
  readonly code = 'ECONNRESET'
}

/** Ends a call the way the fault says. */
export async function fail(
  world: World,
  raw: Request,
  request: Stripe.Event.Request,
  failure: Failure,
): Promise<Response> {
  switch (failure.kind) {
    case 'refusal':
      return respondRefusal(world, raw, request, failure.refusal)
    case 'html':
      logRequest(world, raw, request.id, failure.status)
      return new Response(badGateway(failure.status), {
        status: failure.status,
        headers: { 'content-type': 'text/html', ...failure.headers },
      })
    case 'reset':
      logRequest(world, raw, request.id, 'reset')
      throw new ConnectionReset('fetch failed: the connection was reset')
    case 'truncated':
      logRequest(world, raw, request.id, 'reset')
      return new Response('{"id": "', { headers: { 'content-type': 'application/json' } })
    case 'timeout':
      logRequest(world, raw, request.id, 'timeout')
      await sleep(LONGEST_HANG_MS, raw.signal)
      // Whoever gave up sees the giving up, as with the real fetch.
      raw.signal.throwIfAborted()
      throw new ConnectionReset('fetch failed: no answer came')
  }
}

/** stripe-node gives up after 80 s by default; nobody waits longer than this. */
const LONGEST_HANG_MS = 100_000

/** Waits, but not past the moment the caller gives up. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

function badGateway(status: number): string {
  return `<html>\r\n<head><title>${status} Bad Gateway</title></head>\r\n<body>\r\n<center><h1>${status} Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
}
