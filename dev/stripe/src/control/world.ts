import type { Hono } from 'hono'
import { z } from 'zod'
import { DEFAULT_SWITCHES, SWITCH_NAMES, SWITCH_VALUES, type Switches } from '../core/switches.ts'
import type { Runtime } from '../runtime.ts'
import { readBody } from './body.ts'

const Clock = z.strictObject({ advance_s: z.number().min(0).optional() })
const Reset = z.strictObject({ seed: z.int().optional() })

const seconds = z.number().min(0)
const perSecond = z.strictObject({ per_second: z.int().min(1), per_endpoint: z.int().min(1) })

/** The switches that accept more than their listed values. */
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
    SWITCH_NAMES.map((name) => [
      name,
      (RANGES[name] ?? z.custom(isOneOf(name), errorMessage(name))).optional(),
    ]),
  ),
)

function isOneOf(name: keyof Switches): (value: unknown) => boolean {
  const values: readonly unknown[] = SWITCH_VALUES[name]
  return (value) => values.includes(value)
}

function errorMessage(name: keyof Switches): string {
  return `must be one of ${SWITCH_VALUES[name].map((value) => JSON.stringify(value)).join(', ')}`
}

/** Controls the clock, switches, call counts and the reset. */
export function registerWorldControls(app: Hono, runtime: Runtime): void {
  app.get('/_sim/clock', (c) => c.json(clock(runtime)))
  app.post('/_sim/clock', async (c) => {
    const { advance_s: seconds = 0 } = await readBody(c, Clock)
    await runtime.advance(seconds)
    runtime.worldChanged()
    return c.json(clock(runtime))
  })
  app.post('/_sim/settle', async (c) => {
    await runtime.settle()
    return c.json(clock(runtime))
  })
  app.get('/_sim/switches', (c) => c.json(runtime.world().switches))
  app.get('/_sim/switches/values', (c) => c.json(SWITCH_VALUES))
  app.post('/_sim/switches', async (c) => {
    Object.assign(runtime.world().switches, await readBody(c, SwitchesBody))
    return c.json(runtime.world().switches)
  })
  app.delete('/_sim/switches', (c) => c.json(Object.assign(runtime.world().switches, DEFAULT_SWITCHES)))
  app.get('/_sim/calls', (c) => c.json(calls(runtime)))
  app.delete('/_sim/calls', (c) => {
    runtime.world().callCounts.clear()
    return c.json(calls(runtime))
  })
  app.get('/_sim/requests', (c) => c.json({ data: runtime.world().requestLog.toReversed() }))
  app.post('/_sim/reset', async (c) => {
    const { seed } = await readBody(c, Reset)
    runtime.reset(seed)
    runtime.worldChanged()
    return c.json({ seed: runtime.world().seed, platform: runtime.world().platform })
  })
  app.get('/_sim', (c) => {
    const { seed, platform, tables } = runtime.world()
    const { user, system } = process.cpuUsage()
    return c.json({
      seed,
      platform,
      ...clock(runtime),
      holds: Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.size])),
      process: {
        rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
        cpu_ms: Math.round((user + system) / 1000),
      },
    })
  })
}

function clock(runtime: Runtime) {
  const { clock: stripe } = runtime.world()
  return { now: stripe.seconds(), iso: new Date(stripe.nowMs()).toISOString(), ...stripe.dump() }
}

function calls(runtime: Runtime) {
  const routes = Object.fromEntries(runtime.world().callCounts)
  return { total: Object.values(routes).reduce((sum, count) => sum + count, 0), routes }
}
