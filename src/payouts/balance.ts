/** The balance as clients see it, and what the account remembers of it: negative amounts, which stop payouts. */
import type { LiveAccount } from '../../machines/account/account.ts'
import { same } from '../../machines/watermark.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { toTime } from '../http/time.ts'
import type { Answer } from '../stripe/gateway.ts'
import { BalanceObject } from '../stripe/payout-objects.ts'
import { negativeBalances } from '../accounts/observe.ts'
import { negativeDetail } from '../accounts/payout-status.ts'
import type { BalanceBody } from './schemas.ts'

export function balanceBody(
  { value, as_of }: Answer<unknown>,
  { account, livemode }: { account: LiveAccount; livemode: boolean },
): BalanceBody {
  const balance = BalanceObject.parse(value)
  const debits = account.context.facts.payout_settings?.value.debit_negative_balances ?? null
  return {
    account: account.context.id,
    livemode,
    available: balance.available,
    pending: balance.pending,
    instant_available: (balance.instant_available ?? []).map(({ amount, currency, net_available }) => ({
      amount,
      currency,
      net: (net_available ?? []).map((net) => ({ destination: net.destination, amount: net.amount })),
    })),
    negative: Object.entries(negativeBalances(balance)).map(([currency, amount]) => ({
      amount,
      currency,
      detail: negativeDetail(currency, debits),
    })),
    as_of: toTime(as_of.to * 1000),
  }
}

/** The event that tells the account its negative balances; null: it knows them already. */
export function negativeBalancesEvent(
  { value, as_of }: Answer<unknown>,
  account: LiveAccount,
): InstanceEvent | null {
  const { id, facts } = account.context
  const negative_balances = negativeBalances(BalanceObject.parse(value))
  if (same(facts.negative_balances?.value ?? {}, negative_balances)) return null
  const event = { type: 'stripe.observed', as_of, observation: { negative_balances } } as const
  return { machine: 'account', id, account: id, event }
}
