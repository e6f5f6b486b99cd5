import type { Context, Hono } from 'hono'
import type Stripe from 'stripe'
import type { Call, Handler } from '../core/call.ts'
import { StripeRefusal } from '../core/errors.ts'
import type { Fault } from '../core/fault.ts'
import { canonical } from '../core/json.ts'
import type { Answer } from '../core/records.ts'
import { type World, duringRequest } from '../core/world.ts'
import type { Runtime } from '../runtime.ts'
import { authenticate, resolveScope } from './authenticate.ts'
import { expand } from './expand.ts'
import { injectFailure, sleep, takeFault } from './fault-injection.ts'
import { claimKey, keepAnswer, releaseKey } from './idempotency.ts'
import { readParameters } from './parameters.ts'
import { checkRate } from './rate-limit.ts'
import { type SentAnswer, errorResponseBody, respond, respondRefusal } from './respond.ts'

/** Registers one operation, named as in stripe-node's documentation: `POST /v1/payment_intents/:id/confirm`. */
export type Route = <P>(operation: `${Method} ${string}`, handler: Handler<P>) => void
type Method = 'GET' | 'POST' | 'DELETE'

export function createRoute(app: Hono, runtime: Runtime): Route {
  return (operation, handler) => {
    const [method = '', path = ''] = operation.split(' ')
    app.on(method, path, async (c) => {
      const answer = await answerCall(c, runtime, operation, handler)
      runtime.worldChanged()
      return answer
    })
  }
}

async function answerCall<P>(
  c: Context,
  runtime: Runtime,
  operation: string,
  handler: Handler<P>,
): Promise<Response> {
  const raw = c.req.raw
  const form = raw.method === 'GET' ? new URL(raw.url).search.slice(1) : await c.req.text()
  const world = runtime.world()
  runtime.runTasks(world)
  const request = beginRequest(raw, world)
  world.callCounts.set(operation, (world.callCounts.get(operation) ?? 0) + 1)
  let fault: Fault | undefined
  try {
    const key = authenticate(raw.headers)
    const scope = resolveScope(world, key, raw.headers)
    checkRate(world, { scope, endpoint: operation })
    fault = takeFault(world, { method: raw.method, path: c.req.path, account: scope })
    const failure = fault?.failure ?? null
    const afterCommit = fault?.after_commit === true
    const stored = failure?.kind === 'refusal' && failure.stored ? failure.refusal : null
    if (failure !== null && !afterCommit && stored === null) {
      return await injectFailure(world, raw, request, failure)
    }
    // The schema check made the form into the parameter type that stripe-node declares for the operation.
    const params = readParameters(operation, form, raw.headers.get('stripe-version')) as P
    const call = { world, params, path: c.req.param() as Record<string, string>, scope, key, request }
    const delayMs = world.switches.latency_ms + (fault?.delay_ms ?? 0)
    const executed = stored === null ? handler : failingHandler(afterCommit ? handler : null, stored)
    const sent = await executeIdempotent(runtime, raw, call, executed, delayMs)
    // A stored failure is an answer like any other. Any other failure is not stored: the next call meets it again.
    if (failure !== null && stored === null && afterCommit)
      return await injectFailure(world, raw, request, failure)
    return respond(world, raw, sent)
  } catch (refusal) {
    if (!(refusal instanceof StripeRefusal)) throw refusal
    // An `after_commit` fault loses error responses too.
    if (fault?.after_commit === true && fault.failure !== null && refusal.began) {
      return await injectFailure(world, raw, request, fault.failure)
    }
    return respondRefusal(world, raw, request, refusal)
  }
}

/** Throws the refusal, after the handler has run if there is one. */
function failingHandler<P>(handler: Handler<P> | null, refusal: StripeRefusal): Handler<P> {
  return (call) => {
    handler?.(call)
    throw refusal
  }
}

/** Executes a call, or replays the answer that its idempotency key already has. */
async function executeIdempotent<P>(
  runtime: Runtime,
  raw: Request,
  call: Call<P>,
  handler: Handler<P>,
  delayMs: number,
): Promise<SentAnswer> {
  const { world, scope } = call
  const idempotencyKey = raw.method === 'POST' ? call.request.idempotency_key : null
  if (idempotencyKey === null) {
    await delay(delayMs, raw)
    return { ...execute(runtime, call, handler), replayed: false, originalRequest: null }
  }
  const claim = claimKey(world, {
    scope,
    key: idempotencyKey,
    path: new URL(raw.url).pathname,
    fingerprint: canonical(call.params),
  })
  if (claim.kind === 'replay') {
    const { answer } = claim
    return { ...answer, replayed: true, originalRequest: answer.requestId, requestId: call.request.id ?? '' }
  }
  try {
    // The key is locked during the delay, so a second request meets a 409 conflict.
    await delay(delayMs, raw)
    const answer = execute(runtime, call, handler)
    keepAnswer(world, claim.key, answer)
    return { ...answer, replayed: false, originalRequest: answer.requestId }
  } catch (thrown) {
    if (!(thrown instanceof StripeRefusal) || !thrown.began) releaseKey(world, claim.key)
    else keepAnswer(world, claim.key, refusalAnswer(call, thrown))
    throw thrown
  }
}

function execute<P>(runtime: Runtime, call: Call<P>, handler: Handler<P>): Answer {
  const { world, request } = call
  try {
    const result = duringRequest(world, request, () => handler(call))
    return { status: 200, body: expand(world, call.scope, result, call.params), requestId: request.id ?? '' }
  } finally {
    runtime.runTasks(world)
  }
}

function refusalAnswer(call: Call, refusal: StripeRefusal): Answer {
  const body = errorResponseBody(call.world, call.request, refusal)
  return { status: refusal.status, body, requestId: call.request.id ?? '' }
}

async function delay(delayMs: number, raw: Request): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, raw.signal)
}

function beginRequest(raw: Request, world: World): Stripe.Event.Request {
  const key = raw.headers.get('idempotency-key')
  return { id: `req_${world.requestIds.text(14)}`, idempotency_key: key === '' ? null : key }
}
