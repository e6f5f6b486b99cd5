import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { noSuch, refused } from '../core/errors.ts'
import { idOf } from '../core/id-of.ts'
import { inRange, listPage } from '../core/list.ts'
import { balanceView } from './balance-view.ts'

export function retrieveBalance({ world, scope }: Call): Stripe.Balance {
  return balanceView(world, scope)
}

export function retrieveBalanceTransaction(call: Call): Stripe.BalanceTransaction {
  const id = pathId(call)
  const transaction = call.world.tables.balanceTransactions.owned(call.scope, id)
  if (transaction === undefined) throw noSuch('balance transaction', id)
  return transaction
}

/** By payout only once Stripe knows all that went into it. */
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
      (payoutId === undefined || world.paidIn.get(transaction.id) === payoutId) &&
      (currency === undefined || transaction.currency === currency) &&
      (source === undefined || idOf(transaction.source) === source) &&
      (type === undefined || transaction.type === type),
    view: (transaction) => transaction,
  })
}
