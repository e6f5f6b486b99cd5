/** Every HTTP route. Independent of the runtime: Workers, Deno, Node and the tests pass their own `Deps`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { accountSessions } from './accounts/session-routes.ts'
import { accounts } from './accounts/routes.ts'
import { checkoutSessions } from './payments/checkout-routes.ts'
import { serveDocs } from './docs/routes.ts'
import { effects } from './operators/effect-routes.ts'
import { events } from './operators/event-routes.ts'
import { liveness, readiness } from './operators/health-routes.ts'
import { onboarding } from './onboarding/routes.ts'
import { paymentCommands } from './payments/command-routes.ts'
import { overview } from './operators/overview-routes.ts'
import { payments } from './payments/routes.ts'
import { payouts } from './payouts/routes.ts'
import { payoutSettings } from './payouts/settings-routes.ts'
import { accountStatuses } from './operators/status-routes.ts'
import { webhooks } from './webhooks/routes.ts'
import { InvalidConfig } from './config.ts'
import type { Deps } from './deps.ts'
import { requireAccessDecisions } from './http/access.ts'
import { recordKeyUse } from './http/authenticate.ts'
import type { Env } from './http/env.ts'
import { toProblem } from './http/failures.ts'
import { StoredAnswer } from './idempotency/request.ts'
import { limitUrlAndHeaders } from './http/limits.ts'
import { Problem } from './http/problem.ts'
import { newRouter } from './http/router.ts'
import { newRequestId } from './ids.ts'
import { consoleLog, describeError, type Log } from './log.ts'

/** `log` is for what happens before a request has dependencies of its own. */
export function createApp(depsFor: (c: Context<Env>) => Deps, log: Log = consoleLog) {
  const app = newRouter()
  app.use(nameRequest)
  app.use(secureHeaders())
  app.use(limitUrlAndHeaders)
  app.onError((error, c) => errorResponse(error, c, log))
  app.notFound((c) =>
    new Problem('not_found', `There is no route ${c.req.method} ${c.req.path}.`).toResponse(c.var.requestId),
  )

  const alive = app.route('/', liveness)
  alive.use(prepareAndLog(depsFor, log))
  serveDocs(app)
  const served = alive
    .route('/', webhooks)
    .route('/', accounts)
    .route('/', accountStatuses)
    .route('/', onboarding)
    .route('/', accountSessions)
    .route('/', payments)
    .route('/', payouts)
    .route('/', payoutSettings)
    .route('/', paymentCommands)
    .route('/', checkoutSessions)
    .route('/', events)
    .route('/', effects)
    .route('/', overview)
    .route('/', readiness())
  requireAccessDecisions({ routes: served.routes, defined: definedRoutes(served) })
  return served
}

/** The routes with a definition, which their own middleware guards. */
function definedRoutes({ openAPIRegistry }: OpenAPIHono<Env>): Set<string> {
  return new Set(
    openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === 'route'
        ? [`${definition.route.method.toUpperCase()} ${definition.route.path}`]
        : [],
    ),
  )
}

const nameRequest = createMiddleware<Env>(async (c, next) => {
  c.set('requestId', newRequestId())
  await next()
  c.header('x-request-id', c.var.requestId)
})

/** Gives each request its own dependencies, and logs it in one line. */
function prepareAndLog(depsFor: (c: Context<Env>) => Deps, log: Log) {
  const unprepared = unpreparedResponse(log)
  return createMiddleware<Env>(async (c, next) => {
    let deps: Deps
    try {
      deps = depsFor(c)
    } catch (error) {
      return unprepared(error, c.var.requestId)
    }
    const started = deps.now()
    c.set('deps', deps)
    await next()
    recordKeyUse(c)
    deps.log({
      level: c.res.status >= 500 ? 'error' : 'info',
      message: 'request',
      request_id: c.var.requestId,
      method: c.req.method,
      route: routePath(c),
      status: c.res.status,
      client: c.var.client?.name,
      ms: deps.now() - started,
    })
    return undefined
  })
}

/** The answer to a request whose dependencies cannot be built. Every request fails the same way, so it is logged once. */
function unpreparedResponse(log: Log): (error: unknown, requestId: string) => Response {
  const logged = new Set<string>()
  return (error, requestId) => {
    const text = describeError(error)
    if (!logged.has(text)) log({ level: 'error', message: 'no request can be served', error: text })
    logged.add(text)
    const problem =
      error instanceof InvalidConfig ? new Problem('misconfigured', error.message) : toProblem(error)
    return problem.toResponse(requestId)
  }
}

function errorResponse(error: unknown, c: Context<Env>, log: Log): Response {
  if (error instanceof StoredAnswer) return error.toResponse()
  const problem = toProblem(error)
  if (problem.status >= 500) {
    const { deps, requestId }: Partial<Env['Variables']> = c.var
    const write = deps?.log ?? log
    write({
      level: 'error',
      message: 'request failed',
      request_id: requestId,
      code: problem.code,
      error: describeError(error),
    })
  }
  return problem.toResponse(c.var.requestId)
}
