import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, noSuch } from '../core/errors.ts'
import { mergeMetadata } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { emit } from '../webhooks/emit.ts'
import { checkAmount, checkCurrency } from './amounts.ts'
import { type ConfirmParams, attemptPayment, checkConfirmation } from './confirm.ts'
import {
  checkCanCharge,
  checkFee,
  checkMethodChoices,
  checkSuffix,
  checkUnsupported,
  unexpectedState,
} from './intent-checks.ts'
import { newPaymentIntent } from './new-payment-intent.ts'
import { resolveMethod } from './payment-methods.ts'

/** `POST /v1/payment_intents` (https://docs.stripe.com/api/payment_intents/create). */
export function createPaymentIntent(call: Call<Stripe.PaymentIntentCreateParams>): Stripe.PaymentIntent {
  const { world, params, scope } = call
  const currency = checkCurrency(params.currency)
  checkAmount(world, params.amount, currency)
  checkFee(world, scope, params.application_fee_amount, params.amount)
  checkUnsupported(params)
  checkSuffix(world, scope, params.statement_descriptor_suffix)
  checkMethodChoices(params)
  if (params.confirm !== true && params.return_url !== undefined) {
    throw invalidParameter(
      'The parameter `return_url` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.',
      {
        param: 'return_url',
      },
    )
  }
  checkCanCharge(world, scope)
  const intent = newPaymentIntent(world, scope, { ...params, currency })
  const confirming = { ...confirmation(params), method: undefined }
  // A wrong confirmation must not leave an intent behind.
  const method = params.confirm === true ? checkConfirmation(world, scope, intent, confirming) : undefined
  world.tables.paymentIntents.insert(scope, intent.id, intent)
  world.taskQueue.add((intent.created + AUTHORIZATION_LIFETIME_S) * 1000, {
    kind: 'payment_intent.expiry',
    id: intent.id,
  })
  emit(world, { type: 'payment_intent.created', owner: scope, object: intent })
  return method === undefined ? intent : attemptPayment(world, scope, intent, method, confirming)
}

/** Stripe cancels an authorization that is not captured within a week. */
const AUTHORIZATION_LIFETIME_S = 7 * 86_400

export function retrievePaymentIntent(call: Call): Stripe.PaymentIntent {
  return findIntent(call)
}

export function listPaymentIntents({ world, params, scope }: Call<Stripe.PaymentIntentListParams>) {
  if (params.customer !== undefined) throw noSuch('customer', params.customer, 'customer', 400)
  return listPage(world.tables.paymentIntents, {
    owner: scope,
    params,
    url: '/v1/payment_intents',
    kind: 'payment_intent',
    where: ({ created }) => inRange(created, params.created),
    view: (intent) => intent,
  })
}

/** Notes can always change, other fields only before the payment. Clears `last_payment_error`. */
export function updatePaymentIntent(call: Call<Stripe.PaymentIntentUpdateParams>): Stripe.PaymentIntent {
  const { world, params, scope } = call
  const intent = findIntent(call)
  const onlyNotes = Object.keys(params).every((name) => NOTE_FIELDS.includes(name))
  if (!CHANGEABLE_STATUSES.includes(intent.status) && !onlyNotes)
    throw unexpectedState(intent, 'updated', CHANGEABLE_STATUSES)
  const currency = params.currency === undefined ? intent.currency : checkCurrency(params.currency)
  const amount = params.amount ?? intent.amount
  checkAmount(world, amount, currency)
  const fee = params.application_fee_amount ?? intent.application_fee_amount ?? undefined
  checkFee(world, scope, typeof fee === 'number' ? fee : undefined, amount)
  checkSuffix(world, scope, params.statement_descriptor_suffix)
  const method =
    params.payment_method === undefined ? undefined : resolveMethod(world, scope, params.payment_method)
  const { description, receipt_email: email, statement_descriptor_suffix: suffix } = params
  return world.tables.paymentIntents.replace(intent.id, {
    ...intent,
    amount,
    currency,
    application_fee_amount: typeof fee === 'number' ? fee : null,
    ...(description === undefined ? {} : { description }),
    ...(email === undefined ? {} : { receipt_email: email }),
    ...(suffix === undefined ? {} : { statement_descriptor_suffix: suffix }),
    ...(method === undefined
      ? {}
      : { payment_method: method.method.id, status: 'requires_confirmation' as const }),
    last_payment_error: null,
    metadata: mergeMetadata(intent.metadata, params.metadata),
  })
}

const CHANGEABLE_STATUSES = ['requires_payment_method', 'requires_confirmation', 'requires_action']
const NOTE_FIELDS = ['metadata', 'description', 'receipt_email', 'expand']

export function confirmPaymentIntent(call: Call<Stripe.PaymentIntentConfirmParams>): Stripe.PaymentIntent {
  const { world, params, scope } = call
  const intent = findIntent(call)
  checkUnsupported(params)
  const confirming = confirmation(params)
  const method = checkConfirmation(world, scope, intent, confirming)
  return attemptPayment(world, scope, intent, method, confirming)
}

export function findIntent(call: Call): Stripe.PaymentIntent {
  const id = pathId(call)
  const intent = call.world.tables.paymentIntents.owned(call.scope, id)
  if (intent === undefined) throw noSuch('payment_intent', id, 'intent')
  return intent
}

function confirmation(
  params: Stripe.PaymentIntentCreateParams | Stripe.PaymentIntentConfirmParams,
): ConfirmParams {
  const {
    payment_method: method,
    payment_method_data: data,
    return_url: returnUrl,
    off_session: offSession,
  } = params
  return {
    method,
    data,
    returnUrl: typeof returnUrl === 'string' ? returnUrl : undefined,
    offSession: offSession !== undefined && offSession !== false,
    errorOnAction: params.error_on_requires_action === true,
  }
}
