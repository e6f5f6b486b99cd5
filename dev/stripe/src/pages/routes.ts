import type { Hono } from 'hono'
import type { Host } from '../simulator.ts'
import { registerAccountPage } from './account.ts'
import { registerAccountsPage } from './accounts.ts'
import { registerCheckoutPages } from './checkout.ts'
import { registerDeliveryPages } from './deliveries.ts'
import { registerEventPages } from './events.ts'
import { registerOnboardingPage } from './onboarding.ts'
import { registerPlay } from './play.ts'

/** What a person sees in a browser: Stripe's hosted pages, and the simulator's own. */
export function registerPages(app: Hono, host: Host): void {
  registerOnboardingPage(app, host)
  registerCheckoutPages(app, host)
  registerPlay(app, host)
  registerAccountsPage(app, host)
  registerAccountPage(app, host)
  registerEventPages(app, host)
  registerDeliveryPages(app, host)
}
