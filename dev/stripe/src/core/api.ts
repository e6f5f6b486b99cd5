import type { Context, Hono } from 'hono'
import type Stripe from 'stripe'
import { authenticate, resolveScope } from './access.ts'
import type { Call, Handler } from './call.ts'
import { canonical } from './canonical.ts'
import { StripeRefusal } from './errors.ts'
import { expand } from './expand.ts'
import { type Fault, takeFault } from './fault.ts'
import { type Answer, claimKey, keepAnswer, releaseKey, type Sent } from './idempotency.ts'
import { readParameters } from './parameters.ts'
import { checkRate } from './rate-limit.ts'
import { fail, sleep } from './misfortune.ts'
import { envelope, respond, respondRefusal } from './respond.ts'
import { causedBy, type World } from './world.ts'

export interface ApiHost {
  world(): World
  /** Whatever Stripe has to do by itself at this moment. */
  runTasks(world: World): void
  /** Something may have become due. */
  stirred(): void
}

/** Registers one operation, named as in stripe-node's documentation: `POST /v1/payment_intents/:id/confirm`. */
export type Route = <P>(operation: `${Method} ${string}`, handler: Handler<P>) => void
type Method = 'GET' | 'POST' | 'DELETE'

export function createRoute(app: Hono, host: ApiHost): Route {
  return (operation, handler) => {
    const [method = '', path = ''] = operation.split(' ')
    app.on(method, path, async (c) => {
      const answer = await answerCall(c, host, operation, handler)
      host.stirred()
      return answer
    })
  }
}

async function answerCall<P>(
  c: Context,
  host: ApiHost,
  operation: string,
  handler: Handler<P>,
): Promise<Response> {
  const raw = c.req.raw
  const form = raw.method === 'GET' ? new URL(raw.url).search.slice(1) : await c.req.text()
  const world = host.world()
  host.runTasks(world)
  const request = beginRequest(raw, world)
  world.calls.set(operation, (world.calls.get(operation) ?? 0) + 1)
  let fault: Fault | undefined
  try {
    const key = authenticate(raw.headers)
    const scope = resolveScope(world, key, raw.headers)
    checkRate(world, { scope, endpoint: operation })
    fault = takeFault(world, { method: raw.method, path: c.req.path, account: scope })
    const failure = fault?.failure ?? null
    const stored = failure?.kind === 'refusal' && failure.stored ? failure.refusal : null
    if (failure !== null && fault?.after_commit === false && stored === null) {
      return await fail(world, raw, request, failure)
    }
    // The border: a form becomes the parameter type that stripe-node declares for the operation.
    const params = readParameters(operation, form, raw.headers.get('stripe-version')) as P
    const call = { world, params, path: c.req.param() as Record<string, string>, scope, key, request }
    const delayMs = world.switches.latency_ms + (fault?.delay_ms ?? 0)
    const acts = stored === null || fault?.after_commit === true ? handler : null
    const sent = await once(host, raw, call, stored === null ? handler : failing(acts, stored), delayMs)
    // What is kept under the key was executed once, and has been said; the rest loses its answer each time.
    if (failure !== null && stored === null && fault?.after_commit === true)
      return await fail(world, raw, request, failure)
    return respond(world, raw, sent)
  } catch (refusal) {
    if (!(refusal instanceof StripeRefusal)) throw refusal
    // An answer that is lost is lost whatever it was.
    if (fault?.after_commit === true && fault.failure !== null && refusal.began) {
      return await fail(world, raw, request, fault.failure)
    }
    return respondRefusal(world, raw, request, refusal)
  }
}

/** An execution that fails, before it has done anything or after all of it. */
function failing<P>(acts: Handler<P> | null, refusal: StripeRefusal): Handler<P> {
  return (call) => {
    acts?.(call)
    throw refusal
  }
}

/** Executes a call, or replays the answer its idempotency key already has. */
async function once<P>(
  host: ApiHost,
  raw: Request,
  call: Call<P>,
  handler: Handler<P>,
  delayMs: number,
): Promise<Sent> {
  const { world, scope } = call
  const idempotencyKey = raw.method === 'POST' ? call.request.idempotency_key : null
  if (idempotencyKey === null) {
    await slowly(delayMs, raw)
    return { ...execute(host, call, handler), replayed: false, original: null }
  }
  const claim = claimKey(world, {
    scope,
    key: idempotencyKey,
    path: new URL(raw.url).pathname,
    fingerprint: canonical(call.params),
  })
  if (claim.kind === 'replay') {
    const { answer } = claim
    return { ...answer, replayed: true, original: answer.requestId, requestId: call.request.id ?? '' }
  }
  try {
    await slowly(delayMs, raw)
    const answer = execute(host, call, handler)
    keepAnswer(world, claim.key, answer)
    return { ...answer, replayed: false, original: answer.requestId }
  } catch (thrown) {
    if (!(thrown instanceof StripeRefusal) || !thrown.began) releaseKey(world, claim.key)
    else keepAnswer(world, claim.key, refusalAnswer(call, thrown))
    throw thrown
  }
}

function execute<P>(host: ApiHost, call: Call<P>, handler: Handler<P>): Answer {
  const { world, request } = call
  try {
    const result = causedBy(world, request, () => handler(call))
    return { status: 200, body: expand(world, call.scope, result, call.params), requestId: request.id ?? '' }
  } finally {
    host.runTasks(world)
  }
}

function refusalAnswer(call: Call, refusal: StripeRefusal): Answer {
  const body = envelope(call.world, call.request, refusal)
  return { status: refusal.status, body, requestId: call.request.id ?? '' }
}

/** Conflicts only happen while a request runs, so a request can be made to take its time, its key in its hand. */
async function slowly(delayMs: number, raw: Request): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, raw.signal)
}

function beginRequest(raw: Request, world: World): Stripe.Event.Request {
  const key = raw.headers.get('idempotency-key')
  return { id: `req_${world.requestIds.text(14)}`, idempotency_key: key === '' ? null : key }
}
