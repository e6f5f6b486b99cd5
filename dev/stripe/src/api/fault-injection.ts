import type Stripe from 'stripe'
import type { Failure, Fault } from '../core/fault.ts'
import type { World } from '../core/world.ts'
import { logRequest, respondRefusal } from './respond.ts'

/** The fault that this call meets, if any. It counts down. */
export function takeFault(
  world: World,
  call: { method: string; path: string; account: string },
): Fault | undefined {
  for (const fault of world.faults) {
    if (!matchesRoute(fault.route, call.method, call.path)) continue
    if (fault.account !== null && fault.account !== call.account) continue
    if (fault.skip > 0) {
      fault.skip -= 1
      continue
    }
    if (fault.times <= 0 || !world.faultRng.chance(fault.share)) continue
    fault.times -= 1
    if (fault.times <= 0) world.faults.splice(world.faults.indexOf(fault), 1)
    return fault
  }
  return undefined
}

function matchesRoute(route: string, method: string, path: string): boolean {
  if (route === '*') return true
  const [wantedMethod = '', wantedPath = ''] = route.split(' ')
  if (wantedMethod !== '*' && wantedMethod !== method) return false
  const [wanted, actual] = [wantedPath.split('/'), path.split('/')]
  return (
    wanted.length === actual.length &&
    wanted.every((part, index) => part === actual[index] || /^(?::\w+|\{\w+\}|\*)$/.test(part))
  )
}

/** A broken connection: `fetch` rejects in process, and the server destroys the socket. */
export class ConnectionReset extends TypeError {
  override readonly name = 'ConnectionReset'
  readonly code = 'ECONNRESET'
}

/** Ends a call with the failure. */
export async function injectFailure(
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
      // A caller that aborted gets its own abort reason, as with the real fetch.
      raw.signal.throwIfAborted()
      throw new ConnectionReset('fetch failed: no answer came')
  }
}

/** stripe-node gives up after 80 s by default. */
const LONGEST_HANG_MS = 100_000

/** Waits, at most until the caller aborts. */
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
