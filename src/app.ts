/** Every HTTP route. Independent of the runtime: Workers, Deno, Node and the tests pass their own `Deps`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { accountSessions } from './accounts/session-routes.ts'
import { accounts } from './accounts/routes.ts'
import { checkoutSessions } from './payments/checkout-routes.ts'
import { serveDocs } from './docs/routes.ts'
import { effects } from './operators/effect-routes.ts'
import { events } from './operators/event-routes.ts'
import { health } from './operators/health-routes.ts'
import { onboarding } from './onboarding/routes.ts'
import { paymentCommands } from './payments/command-routes.ts'
import { overview } from './operators/overview-routes.ts'
import { payments } from './payments/routes.ts'
import { payouts } from './payouts/routes.ts'
import { payoutSettings } from './payouts/settings-routes.ts'
import { accountStatuses } from './operators/status-routes.ts'
import { webhooks } from './webhooks/routes.ts'
import type { Deps } from './deps.ts'
import { requireAccessDecisions } from './http/access.ts'
import { recordKeyUse } from './http/authenticate.ts'
import type { Env } from './http/env.ts'
import { toProblem } from './http/failures.ts'
import { StoredAnswer } from './idempotency/request.ts'
import { Problem } from './http/problem.ts'
import { newRouter } from './http/router.ts'
import { newRequestId } from './ids.ts'
import { describeError } from './log.ts'

/** The largest valid request of the API is well below this. */
const MAX_BODY = 64 * 1024

export function createApp(depsFor: (c: Context<Env>) => Deps) {
  const app = newRouter()
  app.use(prepareAndLog(depsFor))
  app.use(secureHeaders())
  app.onError((error, c) => {
    const response = errorResponse(error, c)
    response.headers.set('x-request-id', c.var.requestId)
    return response
  })
  app.notFound((c) =>
    new Problem('not_found', `There is no route ${c.req.method} ${c.req.path}.`).toResponse(c.var.requestId),
  )

  serveDocs(app)
  const served = app
    .route('/', webhooks)
    .use('/v1/*', bodyLimit({ maxSize: MAX_BODY }))
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
    .route('/', health)
  requireAccessDecisions({ routes: served.routes, defined: definedRoutes(app) })
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

/** Gives each request an id and its own dependencies, and logs it in one line. */
function prepareAndLog(depsFor: (c: Context<Env>) => Deps) {
  return createMiddleware<Env>(async (c, next) => {
    const deps = depsFor(c)
    const started = deps.now()
    c.set('deps', deps)
    c.set('requestId', newRequestId())
    await next()
    recordKeyUse(c)
    c.header('x-request-id', c.var.requestId)
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
  })
}

function errorResponse(error: unknown, c: Context<Env>): Response {
  if (error instanceof StoredAnswer) return error.toResponse()
  const problem = toProblem(error)
  if (problem.status >= 500) {
    c.var.deps.log({
      level: 'error',
      message: 'request failed',
      request_id: c.var.requestId,
      code: problem.code,
      error: describeError(error),
    })
  }
  return problem.toResponse(c.var.requestId)
}
