import type Stripe from 'stripe'
import { type StripeRefusal, invalidParameter, refused } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import type { Decline, MethodRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import {
  chargeMethod,
  declineError,
  failIntent,
  recordDecline,
  requireAction,
  startDebit,
} from './attempt.ts'
import { checkCanCharge } from './intent-checks.ts'
import { methodFromData, resolveMethod } from './payment-methods.ts'

export interface ConfirmParams {
  readonly method: string | undefined
  readonly data: Stripe.PaymentIntentConfirmParams.PaymentMethodData | undefined
  readonly returnUrl: string | undefined
  readonly offSession: boolean
  readonly errorOnAction: boolean
}

/** Refuses a wrong confirmation, and returns its payment method. Changes nothing. */
export function checkConfirmation(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  params: ConfirmParams,
): MethodRecord {
  if (!CONFIRMABLE.includes(intent.status)) throw notConfirmable(intent)
  checkCanCharge(world, scope)
  checkReturnUrl(intent, params)
  const method = methodOf(world, scope, intent, params)
  checkType(intent, method)
  checkDescriptor(intent, method)
  return method
}

/** Charges the payment method. A decline is recorded on the intent and thrown as a card error. */
export function attemptPayment(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  method: MethodRecord,
  params: ConfirmParams,
): Stripe.PaymentIntent {
  if (method.means.kind === 'bank') return startDebit(world, scope, intent, method)
  const { card } = method.means
  if (card.authentication !== undefined) {
    if (params.offSession || params.errorOnAction)
      throw declineError(world, scope, intent, method, AUTHENTICATION_REQUIRED)
    return requireAction(world, scope, intent, method, params.returnUrl)
  }
  if (card.decline !== undefined) throw declineError(world, scope, intent, method, card.decline)
  return chargeMethod(world, scope, intent, method, false)
}

/** Applies the result of the authentication on the bank's page. */
export function authenticateIntent(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  passed: boolean,
): Stripe.PaymentIntent {
  if (intent.status !== 'requires_action') throw notConfirmable(intent)
  const method = resolveMethod(world, scope, idOf(intent.payment_method))
  const { means } = method
  if (!passed) return failIntent(world, scope, intent, method, AUTHENTICATION_FAILED, null)
  if (means.kind === 'card' && means.card.decline !== undefined) {
    return recordDecline(world, scope, intent, method, means.card.decline).intent
  }
  return chargeMethod(world, scope, intent, method, true)
}

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']

function methodOf(
  world: World,
  scope: string,
  intent: Stripe.PaymentIntent,
  params: ConfirmParams,
): MethodRecord {
  if (params.data !== undefined) return methodFromData(world, scope, params.data)
  const chosen = params.method ?? intent.payment_method
  if (chosen !== null) return resolveMethod(world, scope, idOf(chosen))
  throw refused(
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    { code: 'payment_intent_unexpected_state', payment_intent: intent },
  )
}

/** If redirects are allowed, the confirmation needs a `return_url`. */
function checkReturnUrl(
  { automatic_payment_methods: automatic }: Stripe.PaymentIntent,
  { returnUrl, offSession }: ConfirmParams,
): void {
  if (
    automatic?.enabled !== true ||
    automatic.allow_redirects === 'never' ||
    returnUrl !== undefined ||
    offSession
  )
    return
  throw invalidParameter(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
    { param: 'return_url' },
  )
}

function checkType(intent: Stripe.PaymentIntent, { method }: MethodRecord): void {
  if (intent.payment_method_types.includes(method.type)) return
  throw invalidParameter(
    `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. It takes ${intent.payment_method_types.join(', ')}.`,
    { code: 'payment_intent_incompatible_payment_method', param: 'payment_method' },
  )
}

function checkDescriptor(intent: Stripe.PaymentIntent, { means }: MethodRecord): void {
  if (intent.statement_descriptor === null || means.kind !== 'card') return
  throw invalidParameter(
    "You cannot use `statement_descriptor` for card charges. Use `statement_descriptor_suffix` instead, which is appended to the account's prefix.",
    { param: 'statement_descriptor' },
  )
}

function notConfirmable(intent: Stripe.PaymentIntent): StripeRefusal {
  return refused(
    intent.status === 'succeeded'
      ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
      : `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: intent },
  )
}

const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

const AUTHENTICATION_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
}
