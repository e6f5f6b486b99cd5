import type Stripe from 'stripe'
import { idOf, previousAttributes } from '../core/json.ts'
import { NO_REQUEST, type World, duringRequest } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { holding, postTransaction } from './ledger.ts'

/** How long the outcome of an asynchronous refund takes. */
const OUTCOME_TAKES_S = 60

/**
 * Whether the account's funds do not cover a refund. Fees do not count against the funds: otherwise a first charge could
 * never be refunded in full.
 */
export function lacksFunds(world: World, owner: string, charge: Stripe.Charge, amount: number): boolean {
  const { available, pending, fees } = holding(world, owner, charge.currency)
  return (world.switches.refund_funds === 'available' ? available : available + pending + fees) < amount
}

/** Debits the refund, and credits the refunded application fee in the same transaction. */
export function payRefund(world: World, refund: Stripe.Refund, refundedFee: number): Stripe.Refund {
  const { tables, platform } = world
  const owner = tables.refunds.ownerOf(refund.id) ?? platform.account
  const charge = tables.charges.get(idOf(refund.charge))
  const original = tables.balanceTransactions.get(idOf(charge?.balance_transaction))
  const transaction = postTransaction(world, {
    owner,
    type: refund.id.startsWith('pyr_') ? 'payment_refund' : 'refund',
    amount: -refund.amount,
    currency: refund.currency,
    source: refund.id,
    description: 'REFUND FOR CHARGE',
    // The refund of a pending charge debits pending funds, so available funds are not overdrawn.
    ...(original === undefined ? {} : { availableOn: original.available_on }),
    fees:
      refundedFee === 0
        ? []
        : [
            {
              amount: -refundedFee,
              application: platform.application,
              currency: refund.currency,
              description: 'Application fee',
              type: 'application_fee',
            },
          ],
  })
  const { pending_reason: _, ...rest } = refund
  const means = tables.paymentMethods.get(charge?.payment_method ?? '')?.means
  const behaviour = means?.kind === 'card' ? means.card.refund : undefined
  if (behaviour !== undefined) {
    world.taskQueue.add(world.clock.nowMs() + OUTCOME_TAKES_S * 1000, {
      kind: 'refund.outcome',
      id: refund.id,
    })
  }
  return tables.refunds.replace(refund.id, {
    ...rest,
    ...(behaviour === 'succeeds_later' ? { pending_reason: 'processing' as const } : {}),
    balance_transaction: transaction.id,
    status: behaviour === 'succeeds_later' ? 'pending' : 'succeeded',
  })
}

/** The refund waits and debits nothing yet. The application fee is refunded at once. */
export function waitForFunds(
  world: World,
  owner: string,
  refund: Stripe.Refund,
  refundedFee: number,
): Stripe.Refund {
  const waiting = world.refundsAwaitingFunds.get(owner) ?? new Set<string>()
  world.refundsAwaitingFunds.set(owner, waiting.add(refund.id))
  if (refundedFee > 0) {
    postTransaction(world, {
      owner,
      type: 'application_fee_refund',
      amount: refundedFee,
      currency: refund.currency,
      source: refund.id,
      description: 'Application fee refund',
    })
  }
  return refund
}

/** Pays the refunds that wait for funds, oldest first, as far as the funds go. */
export function payWaitingRefunds(world: World, owner: string): void {
  const { refunds, charges } = world.tables
  const waiting = world.refundsAwaitingFunds.get(owner)
  if (waiting === undefined) return
  const currenciesWithoutFunds = new Set<string>()
  for (const id of waiting) {
    const refund = refunds.get(id)
    const charge = charges.get(idOf(refund?.charge))
    if (refund === undefined || charge === undefined) continue
    if (currenciesWithoutFunds.has(refund.currency) || lacksFunds(world, owner, charge, refund.amount)) {
      currenciesWithoutFunds.add(refund.currency)
      continue
    }
    waiting.delete(id)
    emitUpdateWithoutRequest(world, owner, refund, payRefund(world, refund, 0))
  }
}

/** Applies the later outcome of a refund, which the test card decides. */
export function finishRefund(world: World, id: string): void {
  const { refunds, charges, paymentMethods } = world.tables
  const refund = refunds.get(id)
  const owner = refunds.ownerOf(id)
  const charge = charges.get(idOf(refund?.charge))
  const means = paymentMethods.get(charge?.payment_method ?? '')?.means
  if (refund === undefined || owner === undefined || means?.kind !== 'card') return
  if (means.card.refund === 'succeeds_later' && refund.status === 'pending') {
    const { pending_reason: _, ...rest } = refund
    emitUpdateWithoutRequest(world, owner, refund, refunds.replace(id, { ...rest, status: 'succeeded' }))
  }
  if (means.card.refund === 'fails_later' && refund.status === 'succeeded') {
    failRefund(world, id, 'expired_or_canceled_card')
  }
}

/** The buyer's bank rejects the refund. The account gets its money back, and the charge counts as refunded less. */
export function failRefund(world: World, id: string, reason: string): Stripe.Refund | undefined {
  const { refunds, charges } = world.tables
  const refund = refunds.get(id)
  const owner = refunds.ownerOf(id)
  const charge = charges.get(idOf(refund?.charge))
  if (refund === undefined || owner === undefined || charge === undefined || refund.status === 'failed')
    return refund
  const failureTransaction =
    refund.balance_transaction === null
      ? undefined
      : postTransaction(world, {
          owner,
          type: 'refund_failure',
          amount: refund.amount,
          currency: refund.currency,
          source: refund.id,
          description: 'REFUND FAILURE',
        })
  const { pending_reason: _, ...rest } = refund
  const failed = refunds.replace(id, {
    ...rest,
    status: 'failed',
    failure_reason: reason,
    ...(failureTransaction === undefined ? {} : { failure_balance_transaction: failureTransaction.id }),
  })
  world.refundsAwaitingFunds.get(owner)?.delete(id)
  charges.replace(charge.id, {
    ...charge,
    amount_refunded: charge.amount_refunded - refund.amount,
    refunded: false,
  })
  duringRequest(world, NO_REQUEST, () => {
    emit(world, { type: 'refund.failed', owner, object: failed })
    emitRefundUpdate(world, owner, refund, failed)
  })
  return failed
}

function emitUpdateWithoutRequest(
  world: World,
  owner: string,
  before: Stripe.Refund,
  after: Stripe.Refund,
): void {
  duringRequest(world, NO_REQUEST, () => emitRefundUpdate(world, owner, before, after))
}

export function emitRefundUpdate(
  world: World,
  owner: string,
  before: Stripe.Refund,
  after: Stripe.Refund,
): void {
  const previous = previousAttributes(before, after)
  if (previous === undefined) return
  emit(world, { type: 'refund.updated', owner, object: after, previous })
  emit(world, { type: 'charge.refund.updated', owner, object: after, previous })
}

/** The captured amount that has not been refunded. */
export function refundableAmount(world: World, charge: Stripe.Charge): number {
  return charge.amount_captured - charge.amount_refunded + releasedAmount(world, charge)
}

/** The part of `amount_refunded` that was never captured. */
function releasedAmount({ tables }: World, charge: Stripe.Charge): number {
  const owner = tables.charges.ownerOf(charge.id)
  if (owner === undefined || charge.amount_captured === charge.amount) return 0
  return tables.refunds
    .ids(owner)
    .flatMap((id) => tables.refunds.get(id) ?? [])
    .filter((refund) => refund.charge === charge.id && refund.reason === 'expired_uncaptured_charge')
    .reduce((sum, refund) => sum + refund.amount, 0)
}
