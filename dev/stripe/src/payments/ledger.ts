import type Stripe from 'stripe'
import { EMPTY_HOLDING, type Holding } from '../core/records.ts'
import { NO_REQUEST, type World, duringRequest, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { balanceView } from './balance.ts'

export interface Entry {
  readonly owner: string
  readonly type: Stripe.BalanceTransaction['type']
  readonly amount: number
  readonly currency: string
  readonly source: string | null
  readonly fees?: readonly Stripe.BalanceTransaction.FeeDetail[]
  readonly description?: string | null
  /** When the funds become available. Now by default. */
  readonly availableOn?: number
}

/**
 * Moves money; nothing else does. Each movement is a balance transaction, and an account's holding is the sum of their
 * net amounts. `books.ts` checks this.
 */
export function postTransaction(world: World, entry: Entry): Stripe.BalanceTransaction {
  const { owner, amount, currency, type } = entry
  const now = world.clock.seconds()
  const fees = [...(entry.fees ?? [])]
  const fee = fees.reduce((sum, detail) => sum + detail.amount, 0)
  const availableOn = Math.max(entry.availableOn ?? now, now)
  const settled = availableOn <= now
  const transaction: Stripe.BalanceTransaction = {
    id: newId(world, 'txn'),
    object: 'balance_transaction',
    amount,
    available_on: availableOn,
    balance_type: 'payments',
    created: now,
    currency,
    description: entry.description ?? null,
    exchange_rate: null,
    fee,
    fee_details: fees,
    net: amount - fee,
    reporting_category: REPORTING[type] ?? type,
    source: entry.source,
    status: settled ? 'available' : 'pending',
    type,
  }
  world.tables.balanceTransactions.insert(owner, transaction.id, transaction)
  const current = holding(world, owner, currency)
  const part = settled ? 'available' : 'pending'
  setHolding(world, owner, currency, {
    ...current,
    [part]: current[part] + transaction.net,
    fees: current.fees + fee,
  })
  if (!settled)
    world.taskQueue.add(availableOn * 1000, { kind: 'balance_transaction.settle', id: transaction.id })
  if (transaction.net > 0 || current.available + transaction.net < 0)
    world.taskQueue.add(world.clock.nowMs(), { kind: 'funds.changed', id: owner })
  return transaction
}

/** Makes the funds of a pending transaction available, on its day. */
export function settleTransaction(world: World, id: string): void {
  const { balanceTransactions } = world.tables
  const transaction = balanceTransactions.get(id)
  const owner = balanceTransactions.ownerOf(id)
  if (transaction?.status !== 'pending' || owner === undefined) return
  balanceTransactions.replace(id, { ...transaction, status: 'available' })
  const { currency, net } = transaction
  const current = holding(world, owner, currency)
  setHolding(world, owner, currency, {
    ...current,
    available: current.available + net,
    pending: current.pending - net,
  })
  // Stripe does not send this event for debits.
  if (net > 0) {
    duringRequest(world, NO_REQUEST, () =>
      emit(world, { type: 'balance.available', owner, object: balanceView(world, owner) }),
    )
  }
  world.taskQueue.add(world.clock.nowMs(), { kind: 'funds.changed', id: owner })
}

export function holding({ balances }: World, owner: string, currency: string): Holding {
  return balances.get(owner)?.[currency] ?? EMPTY_HOLDING
}

function setHolding({ balances }: World, owner: string, currency: string, current: Holding): void {
  balances.set(owner, { ...balances.get(owner), [currency]: current })
}

const REPORTING: Readonly<Record<string, string>> = {
  application_fee: 'platform_earning',
  application_fee_refund: 'platform_earning_refund',
  adjustment: 'dispute',
  payment: 'charge',
  payout_failure: 'payout_reversal',
  payout_cancel: 'payout_reversal',
  stripe_fee: 'fee',
  refund_failure: 'refund_failure',
}
