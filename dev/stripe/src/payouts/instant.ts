import type Stripe from 'stripe'
import { refused } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { holding } from '../payments/ledger.ts'

/** The limits of one payout, in minor units (https://docs.stripe.com/connect/instant-payouts). */
const LIMITS: Readonly<Record<string, { min: number; max: number }>> = {
  aud: { min: 50, max: 999_900 },
  cad: { min: 60, max: 999_900 },
  gbp: { min: 40, max: 999_900 },
  sgd: { min: 50, max: 999_900 },
  usd: { min: 50, max: 999_900 },
}

/** Refuses an instant payout that Stripe would refuse. Instant payouts may use pending funds. */
export function checkInstant(
  world: World,
  owner: string,
  amount: number,
  currency: string,
  bank: Stripe.ExternalAccount,
): void {
  const { instant_payouts: mode } = world.switches
  if (mode === 'disabled') {
    throw refused('Instant payouts are not enabled for this platform.', {
      code: 'instant_payouts_config_disabled',
    })
  }
  const limits = LIMITS[currency]
  if (limits === undefined) {
    throw refused(`Instant payouts are not available in ${currency}.`, {
      code: 'instant_payouts_currency_disabled',
    })
  }
  if (bank.available_payout_methods?.includes('instant') !== true) {
    throw refused('This external account is not eligible for instant payouts.', {
      code: 'instant_payouts_unsupported',
    })
  }
  if (mode === 'limited' && (amount < limits.min || amount > limits.max)) {
    throw refused('This amount is outside the limits of instant payouts.', {
      code: 'instant_payouts_limit_exceeded',
    })
  }
  const { available, pending } = holding(world, owner, currency)
  if (amount > available + Math.max(0, pending)) {
    throw refused('You have insufficient funds in your Stripe account for this transfer.', {
      code: 'balance_insufficient',
    })
  }
}
