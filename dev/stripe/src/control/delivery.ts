import type { Hono } from 'hono'
import { z } from 'zod'
import { type DeliveryMode, NORMAL_DELIVERY } from '../core/delivery-mode.ts'
import { faultSeed } from '../core/random.ts'
import type { Runtime } from '../runtime.ts'
import { deliveryToResend } from '../webhooks/resend.ts'
import { sendNow, takeDue } from '../webhooks/send-due.ts'
import { notFound, readBody } from './body.ts'

/** `true` means always, `false` never, a number the share in between. */
const share = z.union([z.boolean().transform(Number), z.number().min(0).max(1)])

const ModeBody = z
  .strictObject({
    hold: z.boolean(),
    duplicate: share,
    copies: z.int().min(1).max(10),
    sibling: share,
    shuffle: z.boolean(),
    drop: share,
    drop_as: z.enum(['failed', 'delivered']),
    delay_ms: z.union([z.number().min(0), z.tuple([z.int().min(0), z.int().min(0)])]),
    same_second: z.boolean(),
    signature_skew_s: z.int(),
    types: z.array(z.string()).nullable(),
    seed: z.int(),
  })
  .partial()

const DeliverBody = z.strictObject({
  /** Sends these events in this order, even if they were delivered before. */
  events: z.array(z.string()).optional(),
  order: z.enum(['created', 'reverse', 'shuffle']).default('created'),
  limit: z.int().min(1).optional(),
})

const RollBody = z.strictObject({
  secret: z.string().optional(),
  old_expires_in_s: z.int().min(0).default(86_400),
})

/** Controls delivery faults, releases held webhooks, and rolls endpoint secrets. */
export function registerDeliveryControls(app: Hono, runtime: Runtime): void {
  app.get('/_sim/delivery', (c) => c.json(runtime.world().delivery))
  app.post('/_sim/delivery', async (c) => {
    const { seed, ...mode } = await readBody(c, ModeBody)
    setMode(runtime, mode, seed)
    runtime.worldChanged()
    return c.json(runtime.world().delivery)
  })
  app.delete('/_sim/delivery', (c) => {
    setMode(runtime, NORMAL_DELIVERY, undefined)
    runtime.worldChanged()
    return c.json(runtime.world().delivery)
  })
  app.post('/_sim/deliver', async (c) => c.json(await release(runtime, await readBody(c, DeliverBody))))
  app.get('/_sim/deliveries', (c) =>
    c.json({ data: [...runtime.world().tables.deliveries.values()].reverse() }),
  )
  app.post('/_sim/webhook_endpoints/:id/roll', async (c) => {
    const body = await readBody(c, RollBody)
    return c.json({ secret: roll(runtime, c.req.param('id'), body.secret, body.old_expires_in_s) })
  })
}

function setMode(
  runtime: Runtime,
  mode: { [K in keyof DeliveryMode]?: DeliveryMode[K] | undefined },
  seed: number | undefined,
): void {
  const world = runtime.world()
  Object.assign(world.delivery, mode)
  if (seed !== undefined) world.faultRng.reseed(faultSeed(seed))
  if (mode.same_second !== undefined) world.clock.freeze(mode.same_second)
}

async function release(runtime: Runtime, body: z.infer<typeof DeliverBody>) {
  const world = runtime.world()
  runtime.runTasks(world)
  const ids =
    body.events === undefined ? takeHeld(runtime, body.order, body.limit) : toResend(runtime, body.events)
  await sendNow(world, ids, runtime.sendOptions)
  return { delivered: ids.length, data: ids.map((id) => world.tables.deliveries.get(id)) }
}

/** Takes the waiting deliveries in that order, up to the limit. The rest keeps waiting. */
function takeHeld(
  runtime: Runtime,
  order: 'created' | 'reverse' | 'shuffle',
  limit: number | undefined,
): readonly string[] {
  const world = runtime.world()
  const due = takeDue(world)
  const ordered =
    order === 'shuffle' ? world.faultRng.shuffle(due) : order === 'reverse' ? due.toReversed() : due
  const chosen = ordered.slice(0, limit)
  for (const id of due) if (!chosen.includes(id)) world.deliveryQueue.add(world.clock.nowMs(), id)
  return chosen
}

function toResend(runtime: Runtime, events: readonly string[]): readonly string[] {
  const world = runtime.world()
  return events.flatMap((event) => {
    const known = world.tables.deliveries.ids(event)
    if (known.length === 0) throw notFound('delivery of event', event)
    return known.flatMap((id) => {
      const delivery = world.tables.deliveries.get(id)
      return delivery === undefined || delivery.copy ? [] : [deliveryToResend(world, delivery)]
    })
  })
}

/** Both secrets sign until the old one expires (https://docs.stripe.com/webhooks#roll-endpoint-secrets). */
function roll(runtime: Runtime, id: string, requested: string | undefined, oldExpiresInS: number): string {
  const world = runtime.world()
  const record = world.tables.endpoints.get(id)
  if (record === undefined) throw notFound('webhook endpoint', id)
  const secret = requested ?? `whsec_${world.ids.text(32)}`
  const expiresAt = Math.floor(world.clock.baseMs() / 1000) + oldExpiresInS
  const old = record.secrets.map(({ value }) => ({ value, expiresAt }))
  world.tables.endpoints.replace(id, { ...record, secrets: [{ value: secret, expiresAt: null }, ...old] })
  return secret
}
