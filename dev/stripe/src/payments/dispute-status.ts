import type Stripe from 'stripe'
import { refused } from '../core/errors.ts'
import { idOf, previousAttributes } from '../core/json.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { refundFee } from './application-fees.ts'
import { postTransaction } from './ledger.ts'
import { failRefund } from './pay-refund.ts'

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

export function checkStatusChange(from: string, to: DisputeStatus): void {
  if (from === to || nextStatuses(from).includes(to)) return
  throw refused(`A dispute with a status of ${from} cannot become ${to}.`)
}

export function nextStatuses(status: string): readonly DisputeStatus[] {
  return NEXT_STATUSES[status] ?? []
}

/** A chargeback never becomes an inquiry again. `won`, `warning_closed` and `prevented` are final. */
const NEXT_STATUSES: Readonly<Record<string, readonly DisputeStatus[]>> = {
  warning_needs_response: ['warning_under_review', 'warning_closed', 'needs_response', 'prevented'],
  warning_under_review: ['warning_closed', 'needs_response', 'prevented'],
  needs_response: ['under_review', 'won', 'lost'],
  under_review: ['won', 'lost'],
  lost: ['appeal_needs_response', 'won'],
  appeal_needs_response: ['appeal_under_review', 'won', 'lost'],
  appeal_under_review: ['won', 'lost'],
}

/** Changes a dispute's status. A chargeback withdraws the funds, and a won dispute reinstates them. */
export function setDisputeStatus(
  world: World,
  dispute: Stripe.Dispute,
  status: DisputeStatus,
): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  if (dispute.status === status) return dispute
  checkStatusChange(dispute.status, status)
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

/** Withdraws or reinstates the funds as the status requires. */
export function moveFunds(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const withdrawn = isWithdrawn(dispute)
  if (!withdrawn && takesFunds(dispute.status)) return withdraw(world, dispute)
  if (withdrawn && dispute.status === 'won') return reinstate(world, dispute)
  return dispute
}

/** Takes the disputed amount and the dispute fee from the account, even if its balance becomes negative. */
function withdraw(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  for (const id of world.refundsAwaitingFunds.get(owner) ?? []) {
    const concerned = world.tables.refunds.get(id)?.charge === dispute.charge
    if (concerned) failRefund(world, id, 'charge_for_pending_refund_disputed')
  }
  const transaction = postTransaction(world, {
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
  const withdrawn = withTransaction(world, dispute, transaction)
  emit(world, { type: 'charge.dispute.funds_withdrawn', owner, object: withdrawn })
  returnApplicationFee(world, owner, dispute)
  return withdrawn
}

function reinstate(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  const owner = world.tables.disputes.ownerOf(dispute.id) ?? world.platform.account
  const transaction = postTransaction(world, {
    owner,
    type: 'adjustment',
    amount: dispute.amount,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback reversal for ${idOf(dispute.charge)}`,
  })
  const reinstated = withTransaction(world, dispute, transaction)
  emit(world, { type: 'charge.dispute.funds_reinstated', owner, object: reinstated })
  return reinstated
}

/** Stripe probably keeps the application fee on a dispute. A switch returns it. */
function returnApplicationFee(world: World, owner: string, dispute: Stripe.Dispute): void {
  const charge = world.tables.charges.get(idOf(dispute.charge))
  if (!world.switches.application_fee_returned_on_dispute || charge === undefined) return
  const refundedFee = refundFee(
    world,
    { ...charge, refunded: dispute.amount === charge.amount_captured },
    dispute.amount,
  )
  if (refundedFee === 0) return
  postTransaction(world, {
    owner,
    type: 'application_fee_refund',
    amount: refundedFee,
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

/** The fee for a card dispute, won or lost. */
const DISPUTE_FEE = 1500

const CLOSED: readonly string[] = ['won', 'lost', 'warning_closed']

/** Whether a dispute has withdrawn the funds. A refund would then pay the buyer twice. */
export function isChargedBack(world: World, charge: Stripe.Charge): boolean {
  const dispute = disputeOf(world, charge)
  return dispute !== undefined && !dispute.status.startsWith('warning_') && dispute.status !== 'won'
}

export function disputeOf({ tables }: World, charge: Stripe.Charge): Stripe.Dispute | undefined {
  const owner = tables.charges.ownerOf(charge.id)
  if (!charge.disputed || owner === undefined) return undefined
  const id = tables.disputes.ids(owner).findLast((one) => tables.disputes.get(one)?.charge === charge.id)
  return id === undefined ? undefined : tables.disputes.get(id)
}
