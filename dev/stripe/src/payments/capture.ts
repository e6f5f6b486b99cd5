import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { checkRange, invalidParameter, refused } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import { NO_REQUEST, type World, duringRequest, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { succeed } from './attempt.ts'
import { checkFee, unexpectedState } from './intent-checks.ts'
import { findIntent } from './payment-intents.ts'
import { settleCharge } from './settle-charge.ts'

/** `POST /v1/payment_intents/:id/capture`: captures all or part of the authorization and releases the rest. */
export function capturePaymentIntent(call: Call<Stripe.PaymentIntentCaptureParams>): Stripe.PaymentIntent {
  const { world, params, scope } = call
  const intent = findIntent(call)
  if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'captured', ['requires_capture'])
  const amount = params.amount_to_capture ?? intent.amount_capturable
  checkRange(amount, 'amount_to_capture')
  if (amount > intent.amount_capturable) {
    throw invalidParameter(
      'The capture amount must be less than or equal to the amount that can be captured.',
      {
        code: 'charge_exceeds_source_limit',
        param: 'amount_to_capture',
      },
    )
  }
  const fee = params.application_fee_amount ?? intent.application_fee_amount
  checkFee(world, scope, params.application_fee_amount, amount)
  if ((fee ?? 0) > amount && world.switches.application_fee_over_capture === 'refused') {
    throw invalidParameter('The application fee must not exceed the amount that is captured.', {
      param: 'application_fee_amount',
    })
  }
  const charge = chargeOf(world, intent)
  const captured = world.tables.charges.replace(charge.id, {
    ...charge,
    captured: true,
    amount_captured: amount,
    application_fee_amount: fee === null ? null : Math.min(fee, amount),
    ...releaseRemainder(world, charge, amount),
  })
  emit(world, {
    type: 'charge.captured',
    owner: scope,
    object: settleCharge(world, captured.id, false) ?? captured,
  })
  return succeed(world, scope, { ...intent, application_fee_amount: fee }, amount)
}

/** `POST /v1/payment_intents/:id/cancel`. An authorization is released. */
export function cancelPaymentIntent(call: Call<Stripe.PaymentIntentCancelParams>): Stripe.PaymentIntent {
  const { world, params } = call
  const intent = findIntent(call)
  if (!CANCELABLE.includes(intent.status)) throw unexpectedState(intent, 'canceled', CANCELABLE)
  if (intent.status !== 'requires_capture' && belongsToCheckout(world, intent)) {
    throw refused('You cannot perform this action on PaymentIntents created by Checkout.')
  }
  return cancelIntent(world, intent, params.cancellation_reason ?? null, 'charge.refunded')
}

/** "You must expire the Checkout Session" (https://docs.stripe.com/api/payment_intents/cancel). */
function belongsToCheckout({ tables, platform }: World, { id }: Stripe.PaymentIntent): boolean {
  const sessions = tables.checkouts.ids(tables.paymentIntents.ownerOf(id) ?? platform.account)
  return sessions.some((session) => tables.checkouts.get(session)?.session.payment_intent === id)
}

/** Cancels the intent of an expired Checkout Session. */
export function cancelWithSession(world: World, id: string): void {
  const intent = world.tables.paymentIntents.get(id)
  if (intent === undefined || intent.status === 'requires_capture' || !CANCELABLE.includes(intent.status))
    return
  cancelIntent(world, intent, 'expired', 'charge.expired')
}

const CANCELABLE = ['requires_payment_method', 'requires_capture', 'requires_confirmation', 'requires_action']

/** Stripe cancels an authorization that was not captured within seven days. */
export function expireAuthorization(world: World, id: string): void {
  const intent = world.tables.paymentIntents.get(id)
  if (intent?.status !== 'requires_capture') return
  duringRequest(world, NO_REQUEST, () => cancelIntent(world, intent, 'automatic', 'charge.expired'))
}

function cancelIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent['cancellation_reason'],
  chargeEvent: 'charge.refunded' | 'charge.expired',
): Stripe.PaymentIntent {
  const owner = world.tables.paymentIntents.ownerOf(intent.id) ?? world.platform.account
  if (intent.status === 'requires_capture') {
    const charge = chargeOf(world, intent)
    const released = world.tables.charges.replace(charge.id, {
      ...charge,
      amount_refunded: charge.amount,
      refunded: true,
    })
    emit(world, { type: chargeEvent, owner, object: released })
  }
  const canceled = world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    status: 'canceled',
    amount_capturable: 0,
    canceled_at: world.clock.seconds(),
    cancellation_reason: reason,
    next_action: null,
  })
  emit(world, { type: 'payment_intent.canceled', owner, object: canceled })
  return canceled
}

function chargeOf(world: World, intent: Stripe.PaymentIntent): Stripe.Charge {
  const charge = world.tables.charges.get(idOf(intent.latest_charge))
  if (charge === undefined) throw new Error(`${intent.id} has no charge`)
  return charge
}

/** Stripe has either released the uncaptured part or shown it as refunded. A switch decides. */
function releaseRemainder(world: World, charge: Stripe.Charge, captured: number): Partial<Stripe.Charge> {
  const remaining = charge.amount - captured
  if (remaining === 0 || world.switches.partial_capture === 'released') return {}
  const owner = world.tables.charges.ownerOf(charge.id) ?? world.platform.account
  const id = newId(world, 're')
  world.tables.refunds.insert(owner, id, {
    id,
    object: 'refund',
    amount: remaining,
    balance_transaction: null,
    charge: charge.id,
    created: world.clock.seconds(),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: 'expired_uncaptured_charge',
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  })
  return { amount_refunded: remaining }
}
