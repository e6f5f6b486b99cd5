/** Creates a direct charge: a PaymentIntent on the connected account, with the platform's fee. */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import { loadedFrom } from '../engine/plan.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { externalIdOf, isMadeBy, markOf } from '../idempotency/mark.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { feeByPolicy } from '../money/fee.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import { spanOf, type Answer } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { livePayment, paymentAnswered } from './answered.ts'
import { declined, declineIn, declineOf, type Decline } from './decline.ts'
import type { CreatedPayment, CreatePayment } from './schemas.ts'
import { paymentBody } from './view.ts'

export interface PaymentRequest {
  account: InstanceRow
  /** The payment that this request made before: its answer was lost, but its webhook came. */
  made: InstanceRow | null
  body: CreatePayment
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed; what Stripe's refusal or silence throws */
export async function createPayment(
  deps: Deps,
  asked: PaymentRequest,
): Promise<CommandResult<CreatedPayment>> {
  const { account, made, request } = asked
  const at = deps.now()
  const { answer, decline } = await charge(deps, asked, at)
  if (!answer) return { events: [], answer: () => declined(decline, null) }

  const { id, client_secret } = answer.value
  const { publishableKey, livemode } = deps.config.stripe
  const externalId = externalIdOf(account.id, request)
  const event = paymentAnswered(answer, { account: account.id, row: made, at, externalId })
  return {
    events: [event],
    loaded: loadedFrom('payment', id, made),
    answer: ([result], now) => {
      const createdAt = made?.created_at ?? now
      const payment = paymentBody(livePayment(deps, result, event), { createdAt, livemode })
      if (decline) return declined(decline, payment)
      return { ...payment, client_secret, stripe_account: account.id, publishable_key: publishableKey }
    },
  }
}

type Charged =
  | { answer: Answer<Stripe.PaymentIntent>; decline: Decline | null }
  /** The card was declined before there was a PaymentIntent. */
  | { answer: null; decline: Decline }

async function charge(deps: Deps, asked: PaymentRequest, at: number): Promise<Charged> {
  const { made, request, body } = asked
  try {
    const answer = made
      ? await reread(deps, asked, made.id)
      : await executeIdempotent(deps, request, creation(deps, asked))
    isMadeBy(request, answer.value.metadata)
    return { answer, decline: body.confirm === true ? declineIn(answer.value) : null }
  } catch (error) {
    const failed = failedCall(error)
    const decline = declineOf(failed)
    if (!failed || !decline) throw error
    return { answer: await declinedIntent(deps, asked, { failed, at }), decline }
  }
}

function creation(
  deps: Deps,
  asked: PaymentRequest,
): StripeOperation<Stripe.PaymentIntent, FeePolicy | null> {
  const { account, request, requestId } = asked
  const acting = AccountId.parse(account.id)
  const question = { gate: 'charge', row: account, requestId } as const
  return {
    allow: async () => (await passGate(deps, question)).context.fee_policy,
    async send(sending, feePolicy) {
      try {
        return await deps.stripe.createPaymentIntent(acting, paymentParams(asked, feePolicy), sending)
      } catch (error) {
        await refuseIfGateClosed(deps, question, failedCall(error))
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listPaymentIntents(acting, params),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: ({ id }) => reread(deps, asked, id),
    doneAt: ({ created }) => created,
  }
}

function paymentParams(
  { body, request }: PaymentRequest,
  feePolicy: FeePolicy | null,
): Stripe.PaymentIntentCreateParams {
  const { application_fee_amount, metadata, ...rest } = body
  const fee = application_fee_amount ?? (feePolicy && feeByPolicy(body, feePolicy))
  // Confirmed here without a return_url, the payment can only take methods that never redirect the customer.
  const neverRedirects = body.confirm === true && body.return_url === undefined
  return {
    ...defined(rest),
    // Stripe takes positive fees only, so 0 is left out.
    ...(fee && { application_fee_amount: fee }),
    automatic_payment_methods: { enabled: true, ...(neverRedirects && { allow_redirects: 'never' }) },
    metadata: { ...metadata, ...markOf(request) },
  }
}

/** The gate was open when the payment was made: its answer is due, not another decision. */
function reread(deps: Deps, { account }: PaymentRequest, id: string): Promise<Answer<Stripe.PaymentIntent>> {
  return deps.stripe.retrievePaymentIntent(AccountId.parse(account.id), PaymentIntentId.parse(id))
}

/** stripe-node sends twice, ten seconds each: a declined PaymentIntent older than this was made by an earlier request. */
const LONGEST_CALL_S = 30

/** The PaymentIntent a decline shows, as it is now; null: there is none. */
async function declinedIntent(
  deps: Deps,
  asked: PaymentRequest,
  { failed, at }: { failed: FailedCall; at: number },
): Promise<Answer<Stripe.PaymentIntent> | null> {
  const { failure, headers, replayed } = failed
  const value = failure.kind === 'declined' ? failure.paymentIntent : null
  if (!value) return null
  const as_of = spanOf(headers, deps.now() - at)
  const isOld = replayed || value.created < as_of.to - LONGEST_CALL_S
  return isOld ? reread(deps, asked, value.id) : { value, as_of, replayed }
}
