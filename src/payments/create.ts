/** Makes a direct charge: a PaymentIntent on the connected account, with the platform's fee. */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import type { LivePayment } from '../../machines/payment/payment.ts'
import { passGate, recheckGate } from '../accounts/gate.ts'
import type { Result } from '../advance/arrival.ts'
import { knownAs } from '../advance/plan.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import type { Acted, Keyed } from '../http/once.ts'
import { Problem } from '../http/problem.ts'
import { feeByPolicy } from '../money/fee.ts'
import type { InstanceRow } from '../store/rows.ts'
import { spanOf, type Answer } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import { seenPaymentIntent } from '../stripe/seen/payment.ts'
import { failedCall, type FailedCall } from '../stripe/stripe-error.ts'
import type { CreatedPayment, CreatePayment } from './schemas.ts'
import { paymentBody } from './view.ts'

/** What finds a payment again whose request was lost: kept as its external id and, at Stripe, in its metadata. */
export function requestName({ client, key }: Pick<Keyed, 'client' | 'key'>): string {
  return `${client}:${key}`
}

export interface PaymentRequest {
  account: InstanceRow
  /** A payment this very request made before, whose answer was lost. */
  made: InstanceRow | null
  request: CreatePayment
  keyed: Keyed
  requestId: string
}

/** @throws Problem gate_closed; what Stripe's refusal or silence throws */
export async function createPayment(deps: Deps, asked: PaymentRequest): Promise<Acted<CreatedPayment>> {
  const acting = AccountId.parse(asked.account.id)
  if (asked.made) {
    // The gate was open when it was made; what is done needs its answer, not another decision.
    const found = await deps.stripe.retrievePaymentIntent(acting, PaymentIntentId.parse(asked.made.id))
    return acted(deps, asked, found, asked.made)
  }
  const asking = { gate: 'charge', row: asked.account, requestId: asked.requestId } as const
  const live = await passGate(deps, asking)
  const params = paymentParams(asked, live.context.fee_policy)
  try {
    const key = `gatehouse:${requestName(asked.keyed)}:${asked.keyed.pending?.attempt ?? 1}`
    return acted(deps, asked, await deps.stripe.createPaymentIntent(acting, params, key), null)
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind === 'declined' && failed.failure.paymentIntent)
      return declined(deps, asked, failed)
    if (failed) await recheckGate(deps, { failed, ...asking })
    throw error
  }
}

function paymentParams(
  { request, keyed }: PaymentRequest,
  policy: FeePolicy | null,
): Stripe.PaymentIntentCreateParams {
  const { application_fee_amount, metadata, ...rest } = request
  const fee = application_fee_amount ?? (policy && feeByPolicy(request.amount, policy))
  // Confirmed here and without a return_url, it can only take methods that never send the customer away.
  const stays = request.confirm === true && request.return_url === undefined
  return {
    ...defined(rest),
    // A fee of 0 is left out: Stripe takes positive amounts only.
    ...(fee && { application_fee_amount: fee }),
    automatic_payment_methods: { enabled: true, ...(stays && { allow_redirects: 'never' }) },
    metadata: { ...metadata, gatehouse_request: requestName(keyed) },
  }
}

function acted(
  deps: Deps,
  asked: PaymentRequest,
  answer: Answer<Stripe.PaymentIntent>,
  row: InstanceRow | null,
): Acted<CreatedPayment> {
  const { client_secret } = answer.value
  const { publishableKey, livemode } = deps.config.stripe
  return {
    ...observed(deps, asked, answer, row),
    answer: ([result], now) => ({
      ...paymentBody(liveOf(result), { createdAt: row?.created_at ?? now, livemode }),
      client_secret,
      stripe_account: asked.account.id,
      publishable_key: publishableKey,
    }),
  }
}

/** A decline is an answer: the payment exists and waits for another card, and this request always gets this answer. */
function declined(
  deps: Deps,
  asked: PaymentRequest,
  { failure, headers, requestId }: FailedCall,
): Acted<CreatedPayment> {
  if (failure.kind !== 'declined' || !failure.paymentIntent) throw new Error('not a declined payment')
  const { code, declineCode, message, paymentIntent } = failure
  return {
    ...observed(deps, asked, { value: paymentIntent, as_of: spanOf(headers, 0) }, null),
    answer: ([result], now) =>
      new Problem('card_declined', message, {
        members: {
          stripe_code: code,
          decline_code: declineCode,
          stripe_request_id: requestId,
          payment: paymentBody(liveOf(result), { createdAt: now, livemode: deps.config.stripe.livemode }),
        },
      }),
  }
}

function observed(
  deps: Deps,
  { account, keyed }: PaymentRequest,
  { value, as_of }: Answer<Stripe.PaymentIntent>,
  row: InstanceRow | null,
): Pick<Acted<never>, 'happenings' | 'known'> {
  const object = PaymentIntentObject.parse(value)
  const { id } = object
  return {
    happenings: [
      {
        machine: 'payment',
        id,
        account: account.id,
        event: {
          type: 'stripe.observed',
          as_of,
          asked: { seq: row?.seq ?? 0, at: deps.now() },
          seen: seenPaymentIntent(object),
        },
        begin: { id, account: account.id, external_id: requestName(keyed) },
      },
    ],
    known: knownAs('payment', id, row),
  }
}

function liveOf(result: Result | undefined): LivePayment {
  if (!result || result.kind === 'unknown') throw new Error('a payment that was begun has no state')
  return result.live as LivePayment
}
