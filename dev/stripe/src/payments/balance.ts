import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { noSuch, refused } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { EMPTY_HOLDING } from '../core/records.ts'
import type { World } from '../core/world.ts'

export function retrieveBalance({ world, scope }: Call): Stripe.Balance {
  return balanceView(world, scope)
}

export function retrieveBalanceTransaction(call: Call): Stripe.BalanceTransaction {
  const id = pathId(call)
  const transaction = call.world.tables.balanceTransactions.owned(call.scope, id)
  if (transaction === undefined) throw noSuch('balance transaction', id)
  return transaction
}

/** The `payout` filter works for an automatic payout once its reconciliation is complete. */
export function listBalanceTransactions({ world, params, scope }: Call<Stripe.BalanceTransactionListParams>) {
  const { payout: payoutId, currency, source, type } = params
  if (payoutId !== undefined) {
    const payout = world.tables.payouts.owned(scope, payoutId)
    if (payout === undefined) throw noSuch('payout', payoutId, 'payout', 400)
    if (payout.automatic && payout.reconciliation_status !== 'completed') {
      throw refused('The reconciliation of this payout is not ready yet.', {
        code: 'payout_reconciliation_not_ready',
      })
    }
  }
  return listPage(world.tables.balanceTransactions, {
    owner: scope,
    params,
    url: '/v1/balance_transactions',
    kind: 'balance transaction',
    where: (transaction) =>
      inRange(transaction.created, params.created) &&
      (payoutId === undefined || world.payoutOfTransaction.get(transaction.id) === payoutId) &&
      (currency === undefined || transaction.currency === currency) &&
      (source === undefined || idOf(transaction.source) === source) &&
      (type === undefined || transaction.type === type),
    view: (transaction) => transaction,
  })
}

/** The balance in the form of the API: available and pending funds by currency. */
export function balanceView(world: World, owner: string): Stripe.Balance {
  const holdings = Object.entries(world.balances.get(owner) ?? {})
  const currencies =
    holdings.length > 0 ? holdings : [[defaultCurrency(world, owner), EMPTY_HOLDING] as const]
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

/** What an instant payout to each eligible external account would bring. Platform pricing is not simulated. */
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
