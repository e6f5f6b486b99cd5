import type { Hono } from 'hono'
import { authenticate, resolveScope } from '../core/access.ts'
import { noSuch, refused } from '../core/errors.ts'
import { logRequest } from '../core/respond.ts'
import { luckyId, type World } from '../core/world.ts'
import type { Host } from '../simulator.ts'
import type { Delivery } from './delivery.ts'
import { eventView, findEvent } from './events.ts'
import { sendAll } from './pump.ts'

/**
 * A manual resend: the event goes out once more and the automatic retries go on as they would, whatever comes of it
 * (https://docs.stripe.com/webhooks/process-undelivered-events). What was never tried yet simply goes out now.
 */
export function resent(world: World, delivery: Delivery): string {
  if (delivery.state === 'waiting' && delivery.attempts.length === 0) return delivery.id
  return copyOf(world, delivery.event, delivery.endpoint)
}

function copyOf(world: World, event: string, endpoint: string): string {
  const id = luckyId(world, world.tables.deliveries, 'dlv', 16)
  const dueMs = world.clock.nowMs()
  const copy: Delivery = { id, event, endpoint, state: 'waiting', dueMs, copy: true, attempts: [] }
  world.tables.deliveries.insert(event, id, copy)
  return id
}

/** What `stripe events resend` calls; no library has it, so it is no operation with parameters of its own. */
export function registerResend(app: Hono, host: Host): void {
  app.post('/v1/events/:id/retry', async (c) => {
    const world = host.world()
    host.runTasks(world)
    const { headers } = c.req.raw
    const key = authenticate(headers)
    const form = new URLSearchParams(await c.req.text())
    const event = findEvent(
      world,
      form.get('account') ?? resolveScope(world, key, headers),
      c.req.param('id'),
    )
    const endpoint = form.get('webhook_endpoint')
    if (endpoint === null)
      throw refused('Nobody listens from a command line: name a webhook endpoint.', {
        param: 'webhook_endpoint',
      })
    if (world.tables.endpoints.get(endpoint) === undefined)
      throw noSuch('webhook endpoint', endpoint, 'webhook_endpoint')
    await sendAll(world, [copyOf(world, event.id, endpoint)], host.pumping)
    host.stirred()
    logRequest(world, c.req.raw, null, 200)
    return c.json(eventView(world, event))
  })
}
