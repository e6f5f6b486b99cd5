import type Stripe from 'stripe'
import { refused } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { holding } from '../payments/ledger.ts'

/** Per payout, in minor units (https://docs.stripe.com/connect/instant-payouts). */
const LIMITS: Readonly<Record<string, { least: number; most: number }>> = {
  aud: { least: 50, most: 999_900 },
  cad: { least: 60, most: 999_900 },
  gbp: { least: 40, most: 999_900 },
  sgd: { least: 50, most: 999_900 },
  usd: { least: 50, most: 999_900 },
}

/** Instant payouts may take what is still settling, to banks and in currencies that can do it. */
export function checkInstant(
  world: World,
  owner: string,
  amount: number,
  currency: string,
  bank: Stripe.ExternalAccount,
): void {
  const { instant_payouts: offered } = world.switches
  if (offered === 'disabled') {
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
  if (offered === 'limited' && (amount < limits.least || amount > limits.most)) {
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
