import type Stripe from 'stripe'
import { checkRange } from '../core/check-range.ts'
import { idOf } from '../core/id-of.ts'
import { type Call, pathId } from '../core/call.ts'
import { noSuch, refused } from '../core/errors.ts'
import { inRange, listPage } from '../core/list.ts'
import { mergeMetadata } from '../core/merge.ts'
import { newId, type World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { feeListener } from './fee-listener.ts'
import { money } from './amounts.ts'
import { post } from './ledger.ts'

/**
 * Gives back the part of the application fee that a refund of `amount` stands for: all of it with a full refund, else
 * pro rata. Answers how much; the account's side is booked with the refund.
 */
export function refundFee(world: World, charge: Stripe.Charge, amount: number): number {
  const fee = world.tables.applicationFees.get(idOf(charge.application_fee))
  if (fee === undefined) return 0
  const left = fee.amount - fee.amount_refunded
  const share = charge.refunded ? left : Math.floor((fee.amount * amount) / charge.amount_captured)
  const back = Math.min(left, share)
  if (back > 0) returnFee(world, fee, back, {})
  return back
}

/** `POST /v1/application_fees/:id/refunds`: later, by itself, on the platform. */
export function createFeeRefund(call: Call<Stripe.ApplicationFeeCreateRefundParams>): Stripe.FeeRefund {
  const { world, params } = call
  const fee = findFee(call)
  const left = fee.amount - fee.amount_refunded
  if (left <= 0) throw refused(`Application fee ${fee.id} has already been refunded.`)
  const amount = params.amount ?? left
  checkRange(amount, 'amount')
  if (amount > left) {
    throw refused(
      `Refund amount (${money(amount, fee.currency)}) is greater than unrefunded amount on fee (${money(left, fee.currency)})`,
      { param: 'amount' },
    )
  }
  const refund = returnFee(world, fee, amount, mergeMetadata({}, params.metadata))
  post(world, {
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

/** The platform's side: its own books, and `application_fee.refunded` for partial refunds too. */
function returnFee(
  world: World,
  fee: Stripe.ApplicationFee,
  amount: number,
  metadata: Stripe.Metadata,
): Stripe.FeeRefund {
  const owner = world.platform.account
  const id = newId(world, 'fr')
  const transaction = post(world, {
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
  emit(world, { type: 'application_fee.refunded', owner: feeListener(world, after), object: after })
  return refund
}
