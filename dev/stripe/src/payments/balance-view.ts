import type Stripe from 'stripe'
import { NOTHING } from '../core/ledger-entry.ts'
import type { World } from '../core/world.ts'

/** The balance as the API shows it: what has settled and what has not, by currency. */
export function balanceView(world: World, owner: string): Stripe.Balance {
  const held = Object.entries(world.balances.get(owner) ?? {})
  const currencies = held.length > 0 ? held : [[defaultCurrency(world, owner), NOTHING] as const]
  const part = (name: 'available' | 'pending') =>
    currencies.map(([currency, holding]) => ({
      amount: holding[name],
      currency,
      source_types: { card: holding[name] },
    }))
  return {
    object: 'balance',
    available: part('available'),
    instant_available: currencies.map(([currency, holding]) => {
      const amount = Math.max(0, holding.available + Math.max(0, holding.pending))
      return { amount, currency, source_types: { card: amount } }
    }),
    livemode: false,
    pending: part('pending'),
    refund_and_dispute_prefunding: { available: [], pending: [] },
  }
}

/** What an instant payout brings to each external account that takes one; no platform pricing is simulated. */
export function netAvailable(
  { tables }: World,
  owner: string,
  { amount, currency }: Readonly<Record<string, unknown>>,
): object[] {
  const externals = tables.accounts.get(owner)?.account.external_accounts?.data ?? []
  return externals
    .filter((one) => one.currency === currency && one.available_payout_methods?.includes('instant'))
    .map(({ id }) => ({ amount, destination: id, source_types: { card: amount } }))
}

function defaultCurrency({ tables, platform }: World, owner: string): string {
  return tables.accounts.get(owner)?.account.default_currency ?? platform.currency
}
