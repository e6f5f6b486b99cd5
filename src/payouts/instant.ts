/**
 * Whether an instant payout can be made, by what Stripe says: which external accounts take one, and how much of the
 * balance may go that way. Limits that Stripe publishes nowhere but in its refusals are left to them.
 * https://docs.stripe.com/connect/instant-payouts
 */
import type { AccountFacts } from '../../machines/account/facts.ts'
import { isUsable } from '../../machines/account/payout-failure.ts'
import { membersOf } from '../../machines/watermark.ts'
import { Problem } from '../http/problem.ts'
import { format } from '../money/currency.ts'
import type { BalanceObject } from '../stripe/payout-objects.ts'

interface Wanted {
  amount: number
  currency: string
}

/**
 * The external account it goes to: the currency's default, if that takes instant payouts, or another that does. Null:
 * Stripe shows none of them, and picks. @throws Problem instant_payout_unavailable
 */
export function instantDestination({ external_accounts }: AccountFacts, { currency }: Wanted): string | null {
  const shown = membersOf(external_accounts).filter(([, external]) => external.currency === currency)
  if (external_accounts.as_of === null && shown.length === 0) return null
  const eligible = shown.filter(([, { instant, status }]) => instant && isUsable(status))
  const [chosen] = [...eligible.filter(([, external]) => external.default_for_currency), ...eligible]
  if (chosen) return chosen[0]
  throw unavailable(
    'no_eligible_destination',
    `None of the account’s external accounts takes instant payouts in ${currency}. A standard payout can be made.`,
    { external_accounts: shown.map(([id]) => id) },
  )
}

/** @throws Problem instant_payout_unavailable */
export function checkInstantBalance(
  { instant_available }: BalanceObject,
  { amount, currency, destination }: Wanted & { destination: string | null },
): void {
  const inCurrency = instant_available?.find((one) => one.currency === currency)
  const net = inCurrency?.net_available?.find((one) => one.destination === destination)
  const available = net?.amount ?? inCurrency?.amount ?? 0
  if (amount <= available) return
  throw unavailable(
    'exceeds_instant_available',
    `Stripe has ${format(Math.max(0, available), currency)} for instant payouts now. A smaller one, or a standard payout, can be made.`,
    { instant_available: available },
  )
}

function unavailable(reason: string, detail: string, members: Record<string, unknown>): Problem {
  return new Problem('instant_payout_unavailable', detail, { members: { reason, ...members } })
}
