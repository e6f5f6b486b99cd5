import type { Hono } from 'hono'
import { z } from 'zod'
import { luckSeed } from '../core/random.ts'
import type { Host } from '../simulator.ts'
import { ORDERLY, type DeliveryMode } from '../webhooks/delivery.ts'
import { sendAll, takeDue } from '../webhooks/pump.ts'
import { resent } from '../webhooks/resend.ts'
import { notFound, readBody } from './body.ts'

/** `true` is always, `false` never, a number the share in between. */
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
  /** Exactly these events, in this order, however often they were delivered before. */
  events: z.array(z.string()).optional(),
  order: z.enum(['created', 'reverse', 'shuffle']).default('created'),
  limit: z.int().min(1).optional(),
})

const RollBody = z.strictObject({
  secret: z.string().optional(),
  old_expires_in_s: z.int().min(0).default(86_400),
})

/** How webhooks misbehave, and letting go of those that are held. */
export function registerDeliveryControls(app: Hono, host: Host): void {
  app.get('/_sim/delivery', (c) => c.json(host.world().delivery))
  app.post('/_sim/delivery', async (c) => {
    const { seed, ...mode } = await readBody(c, ModeBody)
    setMode(host, mode, seed)
    host.stirred()
    return c.json(host.world().delivery)
  })
  app.delete('/_sim/delivery', (c) => {
    setMode(host, ORDERLY, undefined)
    host.stirred()
    return c.json(host.world().delivery)
  })
  app.post('/_sim/deliver', async (c) => c.json(await release(host, await readBody(c, DeliverBody))))
  app.get('/_sim/deliveries', (c) => c.json({ data: [...host.world().tables.deliveries.values()].reverse() }))
  app.post('/_sim/webhook_endpoints/:id/roll', async (c) => {
    const body = await readBody(c, RollBody)
    return c.json({ secret: roll(host, c.req.param('id'), body.secret, body.old_expires_in_s) })
  })
}

function setMode(
  host: Host,
  mode: { [K in keyof DeliveryMode]?: DeliveryMode[K] | undefined },
  seed: number | undefined,
): void {
  const world = host.world()
  Object.assign(world.delivery, mode)
  if (seed !== undefined) world.luck.reseed(luckSeed(seed))
  if (mode.same_second !== undefined) world.clock.freeze(mode.same_second)
}

async function release(host: Host, body: z.infer<typeof DeliverBody>) {
  const world = host.world()
  host.runTasks(world)
  const ids = body.events === undefined ? held(host, body.order, body.limit) : again(host, body.events)
  await sendAll(world, ids, host.pumping)
  return { delivered: ids.length, data: ids.map((id) => world.tables.deliveries.get(id)) }
}

/** What waits now, put back if only some of it is wanted. */
function held(
  host: Host,
  order: 'created' | 'reverse' | 'shuffle',
  limit: number | undefined,
): readonly string[] {
  const world = host.world()
  const due = takeDue(world)
  const ordered = order === 'shuffle' ? world.luck.shuffle(due) : order === 'reverse' ? due.toReversed() : due
  const chosen = ordered.slice(0, limit)
  for (const id of due) if (!chosen.includes(id)) world.due.add(world.clock.nowMs(), id)
  return chosen
}

function again(host: Host, events: readonly string[]): readonly string[] {
  const world = host.world()
  return events.flatMap((event) => {
    const known = world.tables.deliveries.ids(event)
    if (known.length === 0) throw notFound('delivery of event', event)
    return known.flatMap((id) => {
      const delivery = world.tables.deliveries.get(id)
      return delivery === undefined || delivery.copy ? [] : [resent(world, delivery)]
    })
  })
}

/** Both secrets sign until the old one expires (https://docs.stripe.com/webhooks#roll-endpoint-secrets). */
function roll(host: Host, id: string, wished: string | undefined, oldExpiresInS: number): string {
  const world = host.world()
  const record = world.tables.endpoints.get(id)
  if (record === undefined) throw notFound('webhook endpoint', id)
  const secret = wished ?? `whsec_${world.ids.text(32)}`
  const expiresAt = Math.floor(world.clock.baseMs() / 1000) + oldExpiresInS
  const old = record.secrets.map(({ value }) => ({ value, expiresAt }))
  world.tables.endpoints.replace(id, { ...record, secrets: [{ value: secret, expiresAt: null }, ...old] })
  return secret
}
