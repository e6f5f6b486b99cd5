import type { Hono } from 'hono'
import type { Host } from '../simulator.ts'
import { registerAccountControls } from './accounts.ts'
import { registerDeliveryControls } from './delivery.ts'
import { registerFaultControls } from './faults.ts'
import { registerMoneyControls } from './money.ts'
import { registerWorldControls } from './world.ts'

/** Everything under `/_sim`: what nobody can do to the real Stripe. */
export function registerControls(app: Hono, host: Host): void {
  registerWorldControls(app, host)
  registerAccountControls(app, host)
  registerMoneyControls(app, host)
  registerDeliveryControls(app, host)
  registerFaultControls(app, host)
}
