import type Stripe from 'stripe'
import { idOf } from '../core/id-of.ts'
import { previousAttributes } from '../core/diff.ts'
import { causedBy, NO_CAUSE, type World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { holding, post } from './ledger.ts'

/** How long an asynchronous refund takes to be known. */
const OUTCOME_TAKES_S = 60

/**
 * Whether the account holds too little. Fees may be overdrawn, or a first charge could never be refunded in full;
 * beyond them the refund waits.
 */
export function isShort(world: World, owner: string, charge: Stripe.Charge, amount: number): boolean {
  const { available, pending, fees } = holding(world, owner, charge.currency)
  return (world.switches.refund_funds === 'available' ? available : available + pending + fees) < amount
}

/** Takes the money from the balance. A returned application fee comes back with the refund. */
export function payRefund(world: World, refund: Stripe.Refund, feeBack: number): Stripe.Refund {
  const { tables, platform } = world
  const owner = tables.refunds.ownerOf(refund.id) ?? platform.account
  const charge = tables.charges.get(idOf(refund.charge))
  const original = tables.balanceTransactions.get(idOf(charge?.balance_transaction))
  const transaction = post(world, {
    owner,
    type: refund.id.startsWith('pyr_') ? 'payment_refund' : 'refund',
    amount: -refund.amount,
    currency: refund.currency,
    source: refund.id,
    description: 'REFUND FOR CHARGE',
    // Taken from where the charge's own money is: a refund of what has not settled does not overdraw what has.
    ...(original === undefined ? {} : { availableOn: original.available_on }),
    fees:
      feeBack === 0
        ? []
        : [
            {
              amount: -feeBack,
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
    world.agenda.add(world.clock.nowMs() + OUTCOME_TAKES_S * 1000, { kind: 'refund.outcome', id: refund.id })
  }
  return tables.refunds.replace(refund.id, {
    ...rest,
    ...(behaviour === 'succeeds_later' ? { pending_reason: 'processing' as const } : {}),
    balance_transaction: transaction.id,
    status: behaviour === 'succeeds_later' ? 'pending' : 'succeeded',
  })
}

/** Nothing is taken yet. The application fee is returned at once all the same. */
export function waitForFunds(
  world: World,
  owner: string,
  refund: Stripe.Refund,
  feeBack: number,
): Stripe.Refund {
  const waiting = world.waitingRefunds.get(owner) ?? new Set<string>()
  world.waitingRefunds.set(owner, waiting.add(refund.id))
  if (feeBack > 0) {
    post(world, {
      owner,
      type: 'application_fee_refund',
      amount: feeBack,
      currency: refund.currency,
      source: refund.id,
      description: 'Application fee refund',
    })
  }
  return refund
}

/** Money came in: refunds that waited for it are paid in the order they were made. */
export function payWaitingRefunds(world: World, owner: string): void {
  const { refunds, charges } = world.tables
  const waiting = world.waitingRefunds.get(owner)
  if (waiting === undefined) return
  const short = new Set<string>()
  for (const id of waiting) {
    const refund = refunds.get(id)
    const charge = charges.get(idOf(refund?.charge))
    if (refund === undefined || charge === undefined) continue
    if (short.has(refund.currency) || isShort(world, owner, charge, refund.amount)) {
      short.add(refund.currency)
      continue
    }
    waiting.delete(id)
    announce(world, owner, refund, payRefund(world, refund, 0))
  }
}

/** A refund whose outcome was not known at first. The test card decides it. */
export function refundOutcome(world: World, id: string): void {
  const { refunds, charges, paymentMethods } = world.tables
  const refund = refunds.get(id)
  const owner = refunds.ownerOf(id)
  const charge = charges.get(idOf(refund?.charge))
  const means = paymentMethods.get(charge?.payment_method ?? '')?.means
  if (refund === undefined || owner === undefined || means?.kind !== 'card') return
  if (means.card.refund === 'succeeds_later' && refund.status === 'pending') {
    const { pending_reason: _, ...rest } = refund
    announce(world, owner, refund, refunds.replace(id, { ...rest, status: 'succeeded' }))
  }
  if (means.card.refund === 'fails_later' && refund.status === 'succeeded') {
    failRefund(world, id, 'expired_or_canceled_card')
  }
}

/** The buyer's bank would not take it: the money comes back, and the charge is refunded by that much less. */
export function failRefund(world: World, id: string, reason: string): Stripe.Refund | undefined {
  const { refunds, charges } = world.tables
  const refund = refunds.get(id)
  const owner = refunds.ownerOf(id)
  const charge = charges.get(idOf(refund?.charge))
  if (refund === undefined || owner === undefined || charge === undefined || refund.status === 'failed')
    return refund
  const back =
    refund.balance_transaction === null
      ? undefined
      : post(world, {
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
    ...(back === undefined ? {} : { failure_balance_transaction: back.id }),
  })
  world.waitingRefunds.get(owner)?.delete(id)
  charges.replace(charge.id, {
    ...charge,
    amount_refunded: charge.amount_refunded - refund.amount,
    refunded: false,
  })
  causedBy(world, NO_CAUSE, () => {
    emit(world, { type: 'refund.failed', owner, object: failed })
    announceUpdate(world, owner, refund, failed)
  })
  return failed
}

function announce(world: World, owner: string, before: Stripe.Refund, after: Stripe.Refund): void {
  causedBy(world, NO_CAUSE, () => announceUpdate(world, owner, before, after))
}

export function announceUpdate(
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
