import type Stripe from 'stripe'
import type { World } from '../core/world.ts'
import { platformIsLiable } from './controller.ts'

/** Settlement may be slowed only where the platform carries the risk; elsewhere Stripe keeps it at the least. */
export function mayDelay({ switches }: World, account: Stripe.Account): boolean {
  return switches.delay_days === 'allowed' || platformIsLiable(account)
}
