/** Makes a direct charge: a PaymentIntent on the connected account, with the platform's fee. */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import { passGate, throughGate } from '../accounts/gate.ts'
import { loadedFrom } from '../engine/plan.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import {
  executeIdempotent,
  isMadeBy,
  requestMetadata,
  requestName,
  type Act,
} from '../idempotency/execute.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { feeByPolicy } from '../money/fee.ts'
import { externalIdWithin } from '../ids.ts'
import type { InstanceRow } from '../store/instances.ts'
import { findListed } from '../stripe/find-listed.ts'
import { spanOf, type Answer } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { declined, declineIn, declineOf, type Decline } from './decline.ts'
import { livePayment, paymentAnswered } from './answered.ts'
import type { CreatedPayment, CreatePayment } from './schemas.ts'
import { paymentBody } from './view.ts'

export interface PaymentRequest {
  account: InstanceRow
  /** A payment this very request made before, whose answer was lost. */
  made: InstanceRow | null
  request: CreatePayment
  keyed: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed; what Stripe's refusal or silence throws */
export async function createPayment(
  deps: Deps,
  asked: PaymentRequest,
): Promise<CommandResult<CreatedPayment>> {
  const { account, made, keyed } = asked
  const at = deps.now()
  const { answer, decline } = await make(deps, asked, at)
  if (!answer) return { events: [], answer: () => declined(decline, null) }

  const { id, client_secret } = answer.value
  const { publishableKey, livemode } = deps.config.stripe
  const from = { account: account.id, row: made, at, name: externalIdWithin(account.id, requestName(keyed)) }
  const instanceEvent = paymentAnswered(answer, from)
  return {
    events: [instanceEvent],
    known: loadedFrom('payment', id, made),
    answer: ([result], now) => {
      const payment = paymentBody(livePayment(result, instanceEvent), {
        createdAt: made?.created_at ?? now,
        livemode,
      })
      if (decline) return declined(decline, payment)
      return { ...payment, client_secret, stripe_account: account.id, publishable_key: publishableKey }
    },
  }
}

type Made =
  | { answer: Answer<Stripe.PaymentIntent>; decline: Decline | null }
  /** The card was refused before there was a payment. */
  | { answer: null; decline: Decline }

async function make(deps: Deps, asked: PaymentRequest, at: number): Promise<Made> {
  const { made, keyed, request } = asked
  try {
    const answer = made
      ? await reread(deps, asked, made.id)
      : await executeIdempotent(deps, keyed, creation(deps, asked))
    isMadeBy(keyed, answer.value.metadata)
    return { answer, decline: request.confirm === true ? declineIn(answer.value) : null }
  } catch (error) {
    const failed = failedCall(error)
    const decline = declineOf(failed)
    if (!failed || !decline) throw error
    return { answer: await seenIn(deps, asked, { failed, at }), decline }
  }
}

function creation(deps: Deps, asked: PaymentRequest): Act<Stripe.PaymentIntent> {
  const { account, keyed, requestId } = asked
  const acting = AccountId.parse(account.id)
  const asking = { gate: 'charge', row: account, requestId } as const
  let policy: FeePolicy | null = null
  return {
    async allow() {
      policy = (await passGate(deps, asking)).context.fee_policy
    },
    async send(sending) {
      const params = paymentParams(asked, policy)
      return throughGate(deps, asking, () => deps.stripe.createPaymentIntent(acting, params, sending))
    },
    find: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listPaymentIntents(acting, params),
        is: ({ metadata }) => isMadeBy(keyed, metadata),
      }),
    reread: ({ id }) => reread(deps, asked, id),
    doneAt: ({ created }) => created,
  }
}

function paymentParams(
  { request, keyed }: PaymentRequest,
  policy: FeePolicy | null,
): Stripe.PaymentIntentCreateParams {
  const { application_fee_amount, metadata, ...rest } = request
  const fee = application_fee_amount ?? (policy && feeByPolicy(request, policy))
  // Confirmed here and without a return_url, it can only take methods that never send the customer away.
  const stays = request.confirm === true && request.return_url === undefined
  return {
    ...defined(rest),
    // A fee of 0 is left out: Stripe takes positive amounts only.
    ...(fee && { application_fee_amount: fee }),
    automatic_payment_methods: { enabled: true, ...(stays && { allow_redirects: 'never' }) },
    metadata: { ...metadata, ...requestMetadata(keyed) },
  }
}

/** The gate was open when it was made: what is done needs its answer, not another decision. */
function reread(deps: Deps, { account }: PaymentRequest, id: string): Promise<Answer<Stripe.PaymentIntent>> {
  return deps.stripe.retrievePaymentIntent(AccountId.parse(account.id), PaymentIntentId.parse(id))
}

/** stripe-node tries twice, ten seconds each: what a decline shows of a payment that is older was stored before. */
const LONGEST_S = 30

/** The payment a decline shows, as it is now; null: there is none. */
async function seenIn(
  deps: Deps,
  asked: PaymentRequest,
  { failed, at }: { failed: FailedCall; at: number },
): Promise<Answer<Stripe.PaymentIntent> | null> {
  const { failure, headers, replayed } = failed
  const value = failure.kind === 'declined' ? failure.paymentIntent : null
  if (!value) return null
  const as_of = spanOf(headers, deps.now() - at)
  const isOld = replayed || value.created < as_of.to - LONGEST_S
  return isOld ? reread(deps, asked, value.id) : { value, as_of, replayed }
}
