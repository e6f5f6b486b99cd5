import type { Hono } from 'hono'
import type { Runtime } from '../runtime.ts'
import { registerAccountPage } from './account.ts'
import { registerAccountsPage } from './accounts.ts'
import { registerButtons } from './buttons.ts'
import { registerCheckoutPages } from './checkout.ts'
import { registerDeliveryPages } from './deliveries.ts'
import { registerEventPages } from './events.ts'
import { registerOnboardingPage } from './onboarding.ts'

/** The pages in a browser: Stripe's hosted pages, and the simulator's own. */
export function registerPages(app: Hono, runtime: Runtime): void {
  registerOnboardingPage(app, runtime)
  registerCheckoutPages(app, runtime)
  registerButtons(app, runtime)
  registerAccountsPage(app, runtime)
  registerAccountPage(app, runtime)
  registerEventPages(app, runtime)
  registerDeliveryPages(app, runtime)
}
