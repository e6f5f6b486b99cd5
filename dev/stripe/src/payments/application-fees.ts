import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { checkRange, noSuch, refused } from '../core/errors.ts'
import { idOf, mergeMetadata } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { money } from './amounts.ts'
import { postTransaction } from './ledger.ts'

/**
 * Refunds the application fee for a refund of `amount`: the rest of the fee for a full refund, otherwise pro rata. Returns
 * the refunded fee. The refund's own transaction credits it to the account.
 */
export function refundFee(world: World, charge: Stripe.Charge, amount: number): number {
  const fee = world.tables.applicationFees.get(idOf(charge.application_fee))
  if (fee === undefined) return 0
  const remaining = fee.amount - fee.amount_refunded
  const share = charge.refunded ? remaining : Math.floor((fee.amount * amount) / charge.amount_captured)
  const refunded = Math.min(remaining, share)
  if (refunded > 0) returnFee(world, fee, refunded, {})
  return refunded
}

/** `POST /v1/application_fees/:id/refunds`: refunds a fee independently of a charge refund. */
export function createFeeRefund(call: Call<Stripe.ApplicationFeeCreateRefundParams>): Stripe.FeeRefund {
  const { world, params } = call
  const fee = findFee(call)
  const remaining = fee.amount - fee.amount_refunded
  if (remaining <= 0) throw refused(`Application fee ${fee.id} has already been refunded.`)
  const amount = params.amount ?? remaining
  checkRange(amount, 'amount')
  if (amount > remaining) {
    throw refused(
      `Refund amount (${money(amount, fee.currency)}) is greater than unrefunded amount on fee (${money(remaining, fee.currency)})`,
      { param: 'amount' },
    )
  }
  const refund = returnFee(world, fee, amount, mergeMetadata({}, params.metadata))
  postTransaction(world, {
    owner: idOf(fee.account),
    type: 'application_fee_refund',
    amount,
    currency: fee.currency,
    source: refund.id,
    description: 'Application fee refund',
  })
  return refund
}

export function retrieveApplicationFee(call: Call): Stripe.ApplicationFee {
  return findFee(call)
}

export function listApplicationFees({ world, params, scope }: Call<Stripe.ApplicationFeeListParams>) {
  return listPage(world.tables.applicationFees, {
    owner: scope,
    params,
    url: '/v1/application_fees',
    kind: 'application fee',
    where: ({ created, charge }) =>
      inRange(created, params.created) && (params.charge === undefined || charge === params.charge),
    view: (fee) => fee,
  })
}

export function listFeeRefunds(call: Call): Stripe.ApiList<Stripe.FeeRefund> {
  return findFee(call).refunds
}

export function retrieveFeeRefund(call: Call): Stripe.FeeRefund {
  const id = pathId(call, 'refund')
  const refund = findFee(call).refunds.data.find((one) => one.id === id)
  if (refund === undefined) throw noSuch('fee_refund', id)
  return refund
}

function findFee(call: Call): Stripe.ApplicationFee {
  const id = pathId(call)
  const fee = call.world.tables.applicationFees.owned(call.scope, id)
  if (fee === undefined) throw noSuch('application fee', id)
  return fee
}

/** Debits the platform. Partial refunds send `application_fee.refunded` too. */
function returnFee(
  world: World,
  fee: Stripe.ApplicationFee,
  amount: number,
  metadata: Stripe.Metadata,
): Stripe.FeeRefund {
  const owner = world.platform.account
  const id = newId(world, 'fr')
  const transaction = postTransaction(world, {
    owner,
    type: 'application_fee_refund',
    amount: -amount,
    currency: fee.currency,
    source: id,
    description: `Refund of application fee ${fee.id}`,
  })
  const refund: Stripe.FeeRefund = {
    id,
    object: 'fee_refund',
    amount,
    balance_transaction: transaction.id,
    created: world.clock.seconds(),
    currency: fee.currency,
    fee: fee.id,
    metadata,
  }
  const refunded = fee.amount_refunded + amount
  const after = world.tables.applicationFees.replace(fee.id, {
    ...fee,
    amount_refunded: refunded,
    refunded: refunded === fee.amount,
    refunds: { ...fee.refunds, data: [refund, ...fee.refunds.data] },
  })
  emit(world, { type: 'application_fee.refunded', owner: feeEventOwner(world, after), object: after })
  return refund
}

/** The account whose events the application fee events are. */
export function feeEventOwner({ platform, switches }: World, fee: Stripe.ApplicationFee): string {
  return switches.application_fee_events === 'platform' ? platform.account : idOf(fee.account)
}
