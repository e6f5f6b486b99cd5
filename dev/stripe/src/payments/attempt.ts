import type Stripe from 'stripe'
import { StripeRefusal } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import type { Decline, MethodRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { type ChargeInput, type ChargeResult, newCharge } from './charge.ts'
import { settleCharge } from './settle-charge.ts'

/** How long a bank debit stays in `processing`. */
const DEBIT_TAKES_S = 60

/** Creates a successful charge. The intent becomes `succeeded`, or `requires_capture` if capture is manual. */
export function chargeMethod(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  authenticated: boolean,
): Stripe.PaymentIntent {
  const manual = intent.capture_method === 'manual'
  const charge = addCharge(world, scope, intent, method, {
    status: 'succeeded',
    captured: !manual,
    failure: null,
    authenticated,
  })
  const isAsync = intent.capture_method === 'automatic_async' && world.switches.application_fee === 'async'
  const booked = isAsync ? charge : (settleCharge(world, charge.id, false) ?? charge)
  emit(world, { type: 'charge.succeeded', owner: scope, object: booked })
  if (isAsync) {
    const atMs = world.clock.nowMs() + world.switches.async_capture_delay_s * 1000
    world.taskQueue.add(atMs, { kind: 'charge.async_capture', id: charge.id })
  }
  world.taskQueue.add(world.clock.nowMs(), { kind: 'charge.risk', id: charge.id })
  const paid = {
    ...intent,
    payment_method: method.method.id,
    latest_charge: charge.id,
    next_action: null,
    last_payment_error: null,
  }
  if (!manual) return succeed(world, scope, paid, intent.amount)
  const capturable = world.tables.paymentIntents.replace(intent.id, {
    ...paid,
    status: 'requires_capture',
    amount_capturable: intent.amount,
  })
  emit(world, { type: 'payment_intent.amount_capturable_updated', owner: scope, object: capturable })
  return capturable
}

export function succeed(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  received: number,
): Stripe.PaymentIntent {
  const done = world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    status: 'succeeded',
    amount_capturable: 0,
    amount_received: received,
    processing: null,
  })
  emit(world, { type: 'payment_intent.succeeded', owner: scope, object: done })
  return done
}

/** Starts a bank debit. Its outcome follows later. */
export function startDebit(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
): Stripe.PaymentIntent {
  const charge = addCharge(world, scope, intent, method, {
    status: 'pending',
    captured: false,
    failure: null,
    authenticated: false,
  })
  emit(world, { type: 'charge.pending', owner: scope, object: charge })
  world.taskQueue.add(world.clock.nowMs() + DEBIT_TAKES_S * 1000, {
    kind: 'charge.async_outcome',
    id: charge.id,
  })
  const processing = world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    status: 'processing',
    payment_method: method.method.id,
    latest_charge: charge.id,
    last_payment_error: null,
  })
  emit(world, { type: 'payment_intent.processing', owner: scope, object: processing })
  return processing
}

/** Applies the outcome of a bank debit. */
export function finishDebit(world: World, chargeId: string): Stripe.PaymentIntent | undefined {
  const { charges, paymentIntents, paymentMethods } = world.tables
  const charge = charges.get(chargeId)
  const scope = charges.ownerOf(chargeId)
  const intent = paymentIntents.get(idOf(charge?.payment_intent))
  const method = paymentMethods.get(charge?.payment_method ?? '')
  if (
    charge?.status !== 'pending' ||
    scope === undefined ||
    intent === undefined ||
    method?.means.kind !== 'bank'
  ) {
    return undefined
  }
  const { failure } = method.means
  if (failure === null) {
    const paid = charges.replace(chargeId, {
      ...charge,
      status: 'succeeded',
      paid: true,
      captured: true,
      amount_captured: charge.amount,
    })
    emit(world, {
      type: 'charge.succeeded',
      owner: scope,
      object: settleCharge(world, paid.id, false) ?? paid,
    })
    return succeed(world, scope, intent, charge.amount)
  }
  const failed = charges.replace(chargeId, {
    ...charge,
    status: 'failed',
    failure_code: failure.code,
    failure_message: failure.message,
  })
  emit(world, { type: 'charge.failed', owner: scope, object: failed })
  return failIntent(world, scope, intent, method, failure, failed.id)
}

/** The buyer must authenticate on the bank's page first. */
export function requireAction(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  returnUrl: string | undefined,
): Stripe.PaymentIntent {
  const url = `${world.publicUrl()}/authenticate/${scope}/${intent.id}`
  const waiting = world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    status: 'requires_action',
    payment_method: method.method.id,
    last_payment_error: null,
    next_action:
      returnUrl === undefined
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
        : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } },
  })
  emit(world, { type: 'payment_intent.requires_action', owner: scope, object: waiting })
  return waiting
}

/** Records a decline, and returns the card error to throw. */
export function declineError(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  reason: Decline,
): StripeRefusal {
  const { intent: failed, charge } = recordDecline(world, scope, intent, method, reason)
  return new StripeRefusal(402, {
    type: 'card_error',
    ...reason,
    charge,
    payment_intent: failed,
    payment_method: method.method,
  })
}

export function recordDecline(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  reason: Decline,
): { intent: Stripe.PaymentIntent; charge: string } {
  const charge = addCharge(world, scope, intent, method, {
    status: 'failed',
    captured: false,
    failure: reason,
    authenticated: false,
  })
  emit(world, { type: 'charge.failed', owner: scope, object: charge })
  return { intent: failIntent(world, scope, intent, method, reason, charge.id), charge: charge.id }
}

/** The attempt failed. The intent needs another payment method, and `last_payment_error` has the reason. */
export function failIntent(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  { method }: MethodRecord,
  reason: Decline,
  charge: string | null,
): Stripe.PaymentIntent {
  const failed = world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    ...(charge === null ? {} : { latest_charge: charge }),
    last_payment_error: {
      ...reason,
      ...(charge === null ? {} : { charge }),
      doc_url: `https://stripe.com/docs/error-codes/${reason.code.replaceAll('_', '-')}`,
      payment_method: method,
      type: method.type === 'card' && charge !== null ? 'card_error' : 'invalid_request_error',
    },
  })
  emit(world, { type: 'payment_intent.payment_failed', owner: scope, object: failed })
  const { confirm_limit: limit } = world.switches
  if (limit === null || countFailedCharges(world, scope, intent) < limit) return failed
  const canceled = world.tables.paymentIntents.replace(intent.id, {
    ...failed,
    status: 'canceled',
    canceled_at: world.clock.seconds(),
    cancellation_reason: 'automatic',
  })
  emit(world, { type: 'payment_intent.canceled', owner: scope, object: canceled })
  return canceled
}

function countFailedCharges({ tables }: World, scope: string, intent: Stripe.PaymentIntent): number {
  const charges = tables.charges.ids(scope).map((id) => tables.charges.get(id))
  return charges.filter((one) => one?.payment_intent === intent.id && one.status === 'failed').length
}

function addCharge(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  result: ChargeResult,
): Stripe.Charge {
  const input: ChargeInput = {
    amount: intent.amount,
    currency: intent.currency,
    intent,
    applicationFeeAmount: intent.application_fee_amount,
    description: intent.description,
    metadata: intent.metadata,
    receiptEmail: intent.receipt_email,
    descriptorSuffix: intent.statement_descriptor_suffix,
    shipping: intent.shipping,
  }
  const charge = newCharge(world, scope, input, method, result)
  return world.tables.charges.insert(scope, charge.id, charge)
}
