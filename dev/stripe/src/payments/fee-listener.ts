import type Stripe from 'stripe'
import { idOf } from '../core/id-of.ts'
import type { World } from '../core/world.ts'

/** Whose event an application fee's is. */
export function feeListener({ platform, switches }: World, fee: Stripe.ApplicationFee): string {
  return switches.application_fee_events === 'platform' ? platform.account : idOf(fee.account)
}
