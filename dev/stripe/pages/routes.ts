import type { Hono } from 'hono'
import type { Host } from '../simulator.ts'
import { registerOnboardingPage } from './onboarding.ts'

/** What a person sees in a browser. */
export function registerPages(app: Hono, host: Host): void {
  registerOnboardingPage(app, host)
}
