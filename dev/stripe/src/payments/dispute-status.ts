import type Stripe from 'stripe'
import { previousAttributes } from '../core/diff.ts'
import { refused } from '../core/errors.ts'
import { idOf } from '../core/id-of.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { failRefund } from './pay-refund.ts'
import { post } from './ledger.ts'
import { refundFee } from './fee-refunds.ts'
import { DISPUTE_FEE } from './stripe-fee.ts'

export const DISPUTE_STATUSES = [
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'needs_response',
  'under_review',
  'appeal_needs_response',
  'appeal_under_review',
  'won',
  'lost',
  'prevented',
] as const

export type DisputeStatus = (typeof DISPUTE_STATUSES)[number]

export function checkMove(from: string, to: DisputeStatus): void {
  if (from === to || movesFrom(from).includes(to)) return
  throw refused(`A dispute with a status of ${from} cannot become ${to}.`)
}

export function movesFrom(status: string): readonly DisputeStatus[] {
  return MOVES[status] ?? []
}

/** A chargeback never becomes an inquiry again, and what is won, closed or prevented stays so. */
const MOVES: Readonly<Record<string, readonly DisputeStatus[]>> = {
  warning_needs_response: ['warning_under_review', 'warning_closed', 'needs_response', 'prevented'],
  warning_under_review: ['warning_closed', 'needs_response', 'prevented'],
  needs_response: ['under_review', 'won', 'lost'],
  under_review: ['won', 'lost'],
  lost: ['appeal_needs_response', 'won'],
  appeal_needs_response: ['appeal_under_review', 'won', 'lost'],
  appeal_under_review: ['won', 'lost'],
}

/** Moves a dispute, and the money with it: taken once it is more than an inquiry, given back when it is won. */
export function setDisputeStatus(
  world: World,
  dispute: Stripe.Dispute,
  status: DisputeStatus,
): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  if (dispute.status === status) return dispute
  checkMove(dispute.status, status)
  const moved = world.tables.disputes.replace(dispute.id, {
    ...dispute,
    status,
    is_charge_refundable: isInquiry(status) || status === 'won',
  })
  const closed = CLOSED.includes(status)
  const previous = previousAttributes(dispute, moved)
  emit(world, {
    type: closed ? 'charge.dispute.closed' : 'charge.dispute.updated',
    owner,
    object: moved,
    ...(closed ? {} : { previous }),
  })
  return moveFunds(world, moved)
}

/** Withdraws or reinstates what the status calls for, and tells. */
export function moveFunds(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const withdrawn = isWithdrawn(dispute)
  if (!withdrawn && takesFunds(dispute.status)) return withdraw(world, dispute)
  if (withdrawn && dispute.status === 'won') return reinstate(world, dispute)
  return dispute
}

/** The disputed amount and the fee leave the account's balance, whatever is in it. */
function withdraw(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  for (const id of world.waitingRefunds.get(owner) ?? []) {
    const waits = world.tables.refunds.get(id)?.charge === dispute.charge
    if (waits) failRefund(world, id, 'charge_for_pending_refund_disputed')
  }
  const transaction = post(world, {
    owner,
    type: 'adjustment',
    amount: -dispute.amount,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback withdrawal for ${idOf(dispute.charge)}`,
    fees: [
      {
        amount: DISPUTE_FEE,
        application: null,
        currency: dispute.currency,
        description: 'Dispute fee',
        type: 'stripe_fee',
      },
    ],
  })
  const taken = withTransaction(world, dispute, transaction)
  emit(world, { type: 'charge.dispute.funds_withdrawn', owner, object: taken })
  returnFee(world, owner, dispute)
  return taken
}

function reinstate(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  const transaction = post(world, {
    owner,
    type: 'adjustment',
    amount: dispute.amount,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback reversal for ${idOf(dispute.charge)}`,
  })
  const given = withTransaction(world, dispute, transaction)
  emit(world, { type: 'charge.dispute.funds_reinstated', owner, object: given })
  return given
}

/** Not by itself, as far as is known; the switch lets it be tried. */
function returnFee(world: World, owner: string, dispute: Stripe.Dispute): void {
  const charge = world.tables.charges.get(idOf(dispute.charge))
  if (!world.switches.application_fee_returned_on_dispute || charge === undefined) return
  const back = refundFee(
    world,
    { ...charge, refunded: dispute.amount === charge.amount_captured },
    dispute.amount,
  )
  if (back === 0) return
  post(world, {
    owner,
    type: 'application_fee_refund',
    amount: back,
    currency: dispute.currency,
    source: dispute.id,
    description: 'Application fee refund',
  })
}

function withTransaction(
  world: World,
  dispute: Stripe.Dispute,
  transaction: Stripe.BalanceTransaction,
): Stripe.Dispute {
  const list = [...dispute.balance_transactions, transaction]
  return world.tables.disputes.replace(dispute.id, { ...dispute, balance_transactions: list })
}

function isWithdrawn({ balance_transactions: list }: Stripe.Dispute): boolean {
  return list.reduce((sum, { amount }) => sum + amount, 0) < 0
}

function takesFunds(status: string): boolean {
  return !isInquiry(status) && status !== 'won' && status !== 'prevented'
}

export function isInquiry(status: string): boolean {
  return status.startsWith('warning_')
}

const CLOSED: readonly string[] = ['won', 'lost', 'warning_closed']
