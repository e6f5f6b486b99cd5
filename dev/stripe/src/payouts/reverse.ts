import type Stripe from 'stripe'
import { getAccount } from '../accounts/change.ts'
import type { Call } from '../core/call.ts'
import { refused } from '../core/errors.ts'
import { mergeMetadata, previousAttributes } from '../core/json.ts'
import { newId } from '../core/world.ts'
import { postTransaction } from '../payments/ledger.ts'
import { emit } from '../webhooks/emit.ts'
import { DAY_S, addBusinessDays } from './calendar.ts'
import { STANDARD_TAKES_DAYS, SUBMITTED_AFTER_MS } from './new-payout.ts'
import { findPayout } from './payouts.ts'

const REVERSIBLE_FOR_S = 90 * DAY_S

/**
 * `POST /v1/payouts/:id/reverse`: a second payout returns the money, in the US and Canada only. Its events follow those of
 * the original (https://docs.stripe.com/connect/payout-reversals).
 */
export function reversePayout(call: Call<Stripe.PayoutReverseParams>): Stripe.Payout {
  const { world, params, scope } = call
  const payout = findPayout(call)
  const country = getAccount(world, scope).account.country ?? ''
  if (!['US', 'CA'].includes(country))
    throw refused('Payouts can be reversed for US and Canadian bank accounts only.')
  if (payout.status === 'pending' && !payout.automatic) {
    throw refused('This payout is pending and manual: cancel it instead.')
  }
  const late = world.clock.seconds() >= payout.arrival_date + REVERSIBLE_FOR_S
  const again = payout.reversed_by !== null || payout.original_payout !== null
  if (again || late || payout.method === 'instant' || !REVERSIBLE.includes(payout.status)) {
    throw refused('This payout cannot be reversed.')
  }
  const id = newId(world, 'po')
  const created = world.clock.seconds()
  const transaction = postTransaction(world, {
    owner: scope,
    type: 'payout',
    amount: payout.amount,
    currency: payout.currency,
    source: id,
    description: 'Payout reversal',
  })
  const reversal = world.tables.payouts.insert(scope, id, {
    ...payout,
    id,
    amount: -payout.amount,
    arrival_date: addBusinessDays(created, STANDARD_TAKES_DAYS),
    automatic: false,
    balance_transaction: transaction.id,
    created,
    metadata: mergeMetadata({}, params.metadata),
    original_payout: payout.id,
    reconciliation_status: 'not_applicable',
    status: 'pending',
    trace_id: { status: 'pending', value: null },
  })
  const original = world.tables.payouts.replace(payout.id, { ...payout, reversed_by: id })
  const previous = previousAttributes(payout, original)
  emit(world, { type: 'payout.updated', owner: scope, object: original, previous })
  emit(world, { type: 'payout.created', owner: scope, object: reversal })
  world.taskQueue.add(world.clock.nowMs() + SUBMITTED_AFTER_MS, { kind: 'payout.step', id })
  return reversal
}

const REVERSIBLE = ['pending', 'in_transit', 'paid']
