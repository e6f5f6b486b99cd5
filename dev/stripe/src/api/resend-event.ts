import type { Hono } from 'hono'
import { noSuch, refused } from '../core/errors.ts'
import type { Runtime } from '../runtime.ts'
import { eventView, findEvent } from '../webhooks/events.ts'
import { copyDelivery } from '../webhooks/resend.ts'
import { sendNow } from '../webhooks/send-due.ts'
import { authenticate, resolveScope } from './authenticate.ts'
import { logRequest } from './respond.ts'

/** The call of `stripe events resend`. It is not part of stripe-node, so it has no parameter schema. */
export function registerResendEvent(app: Hono, runtime: Runtime): void {
  app.post('/v1/events/:id/retry', async (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const { headers } = c.req.raw
    const key = authenticate(headers)
    const form = new URLSearchParams(await c.req.text())
    const scope = form.get('account') ?? resolveScope(world, key, headers)
    const event = findEvent(world, scope, c.req.param('id'))
    const endpoint = form.get('webhook_endpoint')
    if (endpoint === null) {
      throw refused('The simulator has no `stripe listen` session to resend to: name a webhook endpoint.', {
        param: 'webhook_endpoint',
      })
    }
    if (world.tables.endpoints.get(endpoint) === undefined)
      throw noSuch('webhook endpoint', endpoint, 'webhook_endpoint')
    await sendNow(world, [copyDelivery(world, event.id, endpoint)], runtime.sendOptions)
    runtime.worldChanged()
    logRequest(world, c.req.raw, null, 200)
    return c.json(eventView(world, event))
  })
}
