import type { Hono } from 'hono'
import type { Runtime } from '../runtime.ts'
import { registerAccountControls } from './accounts.ts'
import { registerDeliveryControls } from './delivery.ts'
import { registerFaultControls } from './faults.ts'
import { registerMoneyControls } from './money.ts'
import { registerWorldControls } from './world.ts'

/** The controls under `/_sim`. The real Stripe has none of them. */
export function registerControls(app: Hono, runtime: Runtime): void {
  registerWorldControls(app, runtime)
  registerAccountControls(app, runtime)
  registerMoneyControls(app, runtime)
  registerDeliveryControls(app, runtime)
  registerFaultControls(app, runtime)
}
