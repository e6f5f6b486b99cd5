import { StripeRefusal, defaultErrorBody } from '../core/errors.ts'
import type { World } from '../core/world.ts'

interface Window {
  second: number
  total: number
  endpoints: Map<string, number>
}

const windows = new WeakMap<World, Map<string, Window>>()

/** Applies the rate limits per account and per endpoint, in whole seconds of the base clock. They are off by default. */
export function checkRate(world: World, call: { scope: string; endpoint: string }): void {
  const limit = world.switches.rate_limit
  if (limit === null) return
  const countedAccount = world.switches.rate_limit_counts === 'platform' ? world.platform.account : call.scope
  const window = currentWindow(world, countedAccount)
  const used = window.endpoints.get(call.endpoint) ?? 0
  if (window.total >= limit.per_second) throw rateLimited(world, 'global-rate')
  if (used >= limit.per_endpoint) throw rateLimited(world, 'endpoint-rate')
  window.total += 1
  window.endpoints.set(call.endpoint, used + 1)
}

function currentWindow(world: World, account: string): Window {
  const ofWorld = windows.get(world) ?? new Map<string, Window>()
  windows.set(world, ofWorld)
  const second = Math.floor(world.clock.baseMs() / 1000)
  const kept = ofWorld.get(account)
  if (kept?.second === second) return kept
  const fresh = { second, total: 0, endpoints: new Map<string, number>() }
  ofWorld.set(account, fresh)
  return fresh
}

function rateLimited({ switches }: World, reason: string): StripeRefusal {
  const headers: Record<string, string> = {}
  if (switches.rate_limited_reason_header) headers['stripe-rate-limited-reason'] = reason
  return new StripeRefusal(429, defaultErrorBody(429), { began: false, headers })
}
