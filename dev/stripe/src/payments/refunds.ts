import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { checkRange, invalidParameter, noSuch, refused } from '../core/errors.ts'
import { idOf, mergeMetadata } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { money } from './amounts.ts'
import { refundFee } from './application-fees.ts'
import { isChargedBack } from './dispute-status.ts'
import { emitRefundUpdate, lacksFunds, payRefund, refundableAmount, waitForFunds } from './pay-refund.ts'
import { settleCharge } from './settle-charge.ts'

/** `POST /v1/refunds` (https://docs.stripe.com/api/refunds/create). A refund without enough funds stays pending. */
export function createRefund(call: Call<Stripe.RefundCreateParams>): Stripe.Refund {
  const { world, params, scope } = call
  const found = chargeToRefund(call)
  const remaining = refundableAmount(world, found)
  const amount = params.amount ?? remaining
  checkRefundable(call.world, found, amount, params.amount)
  const charge = settleCharge(world, found.id, true) ?? found
  const waits = lacksFunds(world, scope, charge, amount)
  const id = newId(world, charge.id.startsWith('py_') ? 'pyr' : 're')
  const refund = world.tables.refunds.insert(scope, id, {
    id,
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: world.clock.seconds(),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata({}, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(waits ? { pending_reason: 'insufficient_funds' as const } : {}),
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'pending',
    transfer_reversal: null,
  })
  const refunded = charge.amount_refunded + amount
  const after = world.tables.charges.replace(charge.id, {
    ...charge,
    amount_refunded: refunded,
    refunded: amount === remaining,
  })
  const refundedFee = params.refund_application_fee === true ? refundFee(world, after, amount) : 0
  const result = waits
    ? waitForFunds(world, scope, refund, refundedFee)
    : payRefund(world, refund, refundedFee)
  emit(world, { type: 'refund.created', owner: scope, object: result })
  emit(world, { type: 'charge.refunded', owner: scope, object: after })
  return result
}

export function retrieveRefund(call: Call): Stripe.Refund {
  return findRefund(call)
}

export function updateRefund(call: Call<Stripe.RefundUpdateParams>): Stripe.Refund {
  const refund = findRefund(call)
  const metadata = mergeMetadata(refund.metadata, call.params.metadata)
  const updated = call.world.tables.refunds.replace(refund.id, { ...refund, metadata })
  emitRefundUpdate(call.world, call.scope, refund, updated)
  return updated
}

/** A refund that requires the buyer's action can be canceled. Card refunds never do. */
export function cancelRefund(call: Call): Stripe.Refund {
  const refund = findRefund(call)
  throw refused(
    `You can only cancel a refund that requires action; this one has a status of ${refund.status}.`,
    {
      code: 'status_transition_invalid',
    },
  )
}

export function listRefunds({ world, params, scope }: Call<Stripe.RefundListParams>) {
  return listPage(world.tables.refunds, {
    owner: scope,
    params,
    url: '/v1/refunds',
    kind: 'refund',
    where: ({ created, charge, payment_intent: intent }) =>
      inRange(created, params.created) &&
      (params.charge === undefined || charge === params.charge) &&
      (params.payment_intent === undefined || intent === params.payment_intent),
    view: (refund) => refund,
  })
}

function findRefund(call: Call): Stripe.Refund {
  const id = pathId(call)
  const refund = call.world.tables.refunds.owned(call.scope, id)
  if (refund === undefined) throw noSuch('refund', id)
  return refund
}

function chargeToRefund({ world, params, scope }: Call<Stripe.RefundCreateParams>): Stripe.Charge {
  const { charge: chargeId, payment_intent: intentId } = params
  if (chargeId === undefined && intentId === undefined) {
    throw invalidParameter(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  if (chargeId !== undefined) {
    const charge = world.tables.charges.owned(scope, chargeId)
    if (charge === undefined) throw noSuch('charge', chargeId, 'charge')
    return charge
  }
  const intent = world.tables.paymentIntents.owned(scope, intentId ?? '')
  if (intent === undefined) throw noSuch('payment_intent', intentId ?? '', 'payment_intent')
  const charge = world.tables.charges.get(idOf(intent.latest_charge))
  if (charge === undefined || charge.status !== 'succeeded' || !charge.captured) {
    throw refused(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`)
  }
  return charge
}

function checkRefundable(
  world: World,
  charge: Stripe.Charge,
  amount: number,
  requested: number | undefined,
): void {
  const remaining = refundableAmount(world, charge)
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw refused(`Charge ${charge.id} has not been captured and cannot be refunded.`, {
      code: 'charge_not_refundable',
    })
  }
  if (isChargedBack(world, charge)) {
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    })
  }
  if (remaining <= 0) {
    throw refused(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (requested !== undefined) checkRange(requested, 'amount')
  if (amount > remaining) {
    throw refused(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge (${money(remaining, charge.currency)})`,
      { param: 'amount' },
    )
  }
}
