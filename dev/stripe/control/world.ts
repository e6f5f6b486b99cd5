import type { Hono } from 'hono'
import { z } from 'zod'
import { DEFAULT_SWITCHES, type Switches } from '../core/switches.ts'
import type { Host } from '../simulator.ts'
import { readBody } from './body.ts'

const Clock = z.strictObject({ advance_s: z.number().min(0).optional() })
const Reset = z.strictObject({ seed: z.int().optional() })

const onOff = z.boolean()
const seconds = z.number().min(0)
const SwitchesBody = z.strictObject({
  account_type: z.enum(['none', 'standard']),
  requirements_after_link: z.enum(['present', 'absent']),
  external_accounts: z.enum(['present', 'absent']),
  external_account_events: onOff,
  account_updated_on_create: onOff,
  charges_disabled_error: z.enum(['coded', 'message']),
  charges_disabled_status: z.union([z.literal(400), z.literal(403)]),
  inactive_capability_calls: z.enum(['refused', 'allowed']),
  platform_events_include_connected: onOff,
  idempotent_replayed_header: onOff,
  idempotency_scope: z.enum(['account', 'platform']),
  rate_limit: z.strictObject({ per_second: z.int().min(1), per_endpoint: z.int().min(1) }).nullable(),
  rate_limit_counts: z.enum(['platform', 'account']),
  rate_limited_reason_header: onOff,
  refund_funds: z.enum(['total', 'available']),
  partial_capture: z.enum(['released', 'refunded']),
  application_fee: z.enum(['async', 'sync']),
  async_capture_delay_s: seconds,
  application_fee_events: z.enum(['platform', 'connected']),
  application_fee_returned_on_dispute: onOff,
  payout_failure: z.enum(['errors_bank_account', 'disables_payouts']),
  delay_days: z.enum(['refused', 'allowed']),
  verification_delay_s: seconds,
  delivery_retries: z.enum(['sandbox', 'live']),
  delivery_timeout_ms: z.number().min(1),
  latency_ms: seconds,
}) satisfies z.ZodType<Switches>

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
  app.post('/_sim/switches', async (c) => {
    Object.assign(host.world().switches, await readBody(c, SwitchesBody.partial()))
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
