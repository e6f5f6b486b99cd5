/**
 * Whether an instant payout is possible: which external accounts accept one, and how much of the balance is available for
 * it. Stripe enforces further limits, which only its refusals show.
 * https://docs.stripe.com/connect/instant-payouts
 */
import type { AccountFacts } from '../../machines/account/facts.ts'
import { isUsable } from '../../machines/account/payout-failure.ts'
import { membersOf } from '../../machines/watermark.ts'
import { Problem } from '../http/problem.ts'
import { format } from '../money/currency.ts'
import type { BalanceObject } from '../stripe/payout-objects.ts'

interface InstantPayout {
  amount: number
  currency: string
}

/**
 * The destination: the currency's default external account if it accepts instant payouts, else another that does. Null: the
 * external accounts are not known yet, so Stripe chooses. @throws Problem instant_payout_unavailable
 */
export function instantDestination(
  { external_accounts }: AccountFacts,
  { currency }: InstantPayout,
): string | null {
  const inCurrency = membersOf(external_accounts).filter(([, external]) => external.currency === currency)
  if (external_accounts.as_of === null && inCurrency.length === 0) return null
  const eligible = inCurrency.filter(([, { instant, status }]) => instant && isUsable(status))
  const [chosen] = [...eligible.filter(([, external]) => external.default_for_currency), ...eligible]
  if (chosen) return chosen[0]
  throw unavailable(
    'no_eligible_destination',
    `None of the account’s external accounts accepts instant payouts in ${currency}. Create a standard payout instead.`,
    { external_accounts: inCurrency.map(([id]) => id) },
  )
}

/** @throws Problem instant_payout_unavailable */
export function requireInstantBalance(
  { instant_available }: BalanceObject,
  { amount, currency, destination }: InstantPayout & { destination: string | null },
): void {
  const balance = instant_available?.find((one) => one.currency === currency)
  const net = balance?.net_available?.find((one) => one.destination === destination)
  const available = net?.amount ?? balance?.amount ?? 0
  if (amount <= available) return
  throw unavailable(
    'exceeds_instant_available',
    `At most ${format(Math.max(0, available), currency)} can be paid out instantly now. Create a smaller payout, or a standard one.`,
    { instant_available: available },
  )
}

function unavailable(reason: string, detail: string, members: Record<string, unknown>): Problem {
  return new Problem('instant_payout_unavailable', detail, { members: { reason, ...members } })
}
