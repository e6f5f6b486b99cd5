import type { Hono } from 'hono'
import { z } from 'zod'
import { DEFAULT_SWITCHES, SWITCH_NAMES, SWITCH_VALUES, type Switches } from '../core/switches.ts'
import type { Host } from '../simulator.ts'
import { readBody } from './body.ts'

const Clock = z.strictObject({ advance_s: z.number().min(0).optional() })
const Reset = z.strictObject({ seed: z.int().optional() })

const seconds = z.number().min(0)
const perSecond = z.strictObject({ per_second: z.int().min(1), per_endpoint: z.int().min(1) })

/** The switches that take anything of their kind, and not only the values they are listed with. */
const RANGES: { readonly [K in keyof Switches]?: z.ZodType<Switches[K]> } = {
  account_link_lifetime_s: seconds,
  idempotency_kept_s: z.int().min(86_400),
  rate_limit: perSecond.nullable(),
  confirm_limit: z.int().min(1).nullable(),
  async_capture_delay_s: seconds,
  verification_delay_s: seconds,
  delivery_timeout_ms: z.number().min(1),
  latency_ms: seconds,
}

const SwitchesBody = z.strictObject(
  Object.fromEntries(
    SWITCH_NAMES.map((name) => [name, (RANGES[name] ?? z.custom(isOneOf(name), wanted(name))).optional()]),
  ),
)

function isOneOf(name: keyof Switches): (value: unknown) => boolean {
  const values: readonly unknown[] = SWITCH_VALUES[name]
  return (value) => values.includes(value)
}

function wanted(name: keyof Switches): string {
  return `must be one of ${SWITCH_VALUES[name].map((value) => JSON.stringify(value)).join(', ')}`
}

/** Time, switches, counts, and starting over. */
export function registerWorldControls(app: Hono, host: Host): void {
  app.get('/_sim/clock', (c) => c.json(clock(host)))
  app.post('/_sim/clock', async (c) => {
    const { advance_s: seconds = 0 } = await readBody(c, Clock)
    await host.advance(seconds)
    host.stirred()
    return c.json(clock(host))
  })
  app.post('/_sim/settle', async (c) => {
    await host.settle()
    return c.json(clock(host))
  })
  app.get('/_sim/switches', (c) => c.json(host.world().switches))
  app.get('/_sim/switches/values', (c) => c.json(SWITCH_VALUES))
  app.post('/_sim/switches', async (c) => {
    Object.assign(host.world().switches, await readBody(c, SwitchesBody))
    return c.json(host.world().switches)
  })
  app.delete('/_sim/switches', (c) => c.json(Object.assign(host.world().switches, DEFAULT_SWITCHES)))
  app.get('/_sim/calls', (c) => c.json(calls(host)))
  app.delete('/_sim/calls', (c) => {
    host.world().calls.clear()
    return c.json(calls(host))
  })
  app.get('/_sim/requests', (c) => c.json({ data: host.world().requests.toReversed() }))
  app.post('/_sim/reset', async (c) => {
    const { seed } = await readBody(c, Reset)
    host.reset(seed)
    host.stirred()
    return c.json({ seed: host.world().seed, platform: host.world().platform })
  })
  app.get('/_sim', (c) => {
    const { seed, platform, tables } = host.world()
    const { user, system } = process.cpuUsage()
    return c.json({
      seed,
      platform,
      ...clock(host),
      holds: Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.size])),
      process: {
        rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
        cpu_ms: Math.round((user + system) / 1000),
      },
    })
  })
}

function clock(host: Host) {
  const { clock: stripe } = host.world()
  return { now: stripe.seconds(), iso: new Date(stripe.nowMs()).toISOString(), ...stripe.dump() }
}

function calls(host: Host) {
  const routes = Object.fromEntries(host.world().calls)
  return { total: Object.values(routes).reduce((sum, count) => sum + count, 0), routes }
}
