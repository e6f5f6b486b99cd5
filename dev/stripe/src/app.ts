import { type Context, Hono, type Next } from 'hono'
import { createRoute } from './api/answer-call.ts'
import { ConnectionReset } from './api/fault-injection.ts'
import { registerResendEvent } from './api/resend-event.ts'
import { registerRoutes } from './api/routes.ts'
import { registerControls } from './control/routes.ts'
import { StripeRefusal } from './core/errors.ts'
import { registerPages } from './pages/routes.ts'
import type { Runtime } from './runtime.ts'

/** The HTTP application: the API under `/v1`, the controls under `/_sim`, and the pages. */
export function createApp(runtime: Runtime): Hono {
  const app = new Hono()
  registerRoutes(createRoute(app, runtime))
  registerResendEvent(app, runtime)
  app.use(refuseCrossSite)
  registerControls(app, runtime)
  registerPages(app, runtime)
  app.notFound((c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`
    return c.json({ error: { type: 'invalid_request_error', message } }, 404)
  })
  app.onError((error, c) => {
    if (error instanceof ConnectionReset || c.req.raw.signal.aborted) throw error
    if (error instanceof StripeRefusal)
      return c.json({ error: error.error }, error.status === 404 ? 404 : 400)
    console.error(error)
    return c.json(
      { error: { type: 'api_error', message: `The simulator itself failed: ${error.message}` } },
      500,
    )
  })
  return app
}

/** Pages of other sites in the same browser must not use the controls. */
function refuseCrossSite(c: Context, next: Next): Promise<Response | void> {
  const crossSite = c.req.header('sec-fetch-site') === 'cross-site'
  return crossSite && c.req.method !== 'GET' ? Promise.resolve(c.text('Refused.', 403)) : next()
}
