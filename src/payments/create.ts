/** Creates a direct charge: a PaymentIntent on the connected account, with the platform's fee. */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import { payment as paymentLifecycle } from '../../machines/payment/payment.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { externalIdOf, isMadeBy, markOf, requireSameBody } from '../idempotency/mark.ts'
import { observedResult } from '../idempotency/observed-result.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { feeFromPolicy } from '../money/application-fee.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import { spanOf, type Answer } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import { declineOfCall, declineOfIntent, declineProblem, type Decline } from './decline.ts'
import { observePaymentIntent } from './observe.ts'
import type { CreatedPayment, CreatePayment } from './schemas.ts'
import { paymentBody } from './view.ts'

export interface CreateCommand {
  account: InstanceRow
  /** The payment this request already created: its answer was lost, but its webhook arrived. */
  existing: InstanceRow | null
  body: CreatePayment
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed; the error of a Stripe call that failed */
export async function createPayment(
  deps: Deps,
  command: CreateCommand,
): Promise<CommandResult<CreatedPayment>> {
  const { account, existing, request } = command
  const askedAt = deps.now()
  const { answer, decline } = await charge(deps, command, askedAt)
  if (!answer) return { events: [], answer: () => declineProblem(decline, null) }

  const { id, client_secret } = answer.value
  const { publishableKey, livemode } = deps.config.stripe
  return observedResult(
    deps,
    {
      lifecycle: paymentLifecycle,
      id,
      account: account.id,
      row: existing,
      askedAt,
      as_of: answer.as_of,
      observation: observePaymentIntent(PaymentIntentObject.parse(answer.value)),
      externalId: externalIdOf(account.id, request),
    },
    (live, createdAt) => {
      const payment = paymentBody(live, { createdAt, livemode })
      if (decline) return declineProblem(decline, payment)
      return { ...payment, client_secret, stripe_account: account.id, publishable_key: publishableKey }
    },
  )
}

type Charge =
  | { answer: Answer<Stripe.PaymentIntent>; decline: Decline | null }
  /** The card was declined before there was a PaymentIntent. */
  | { answer: null; decline: Decline }

async function charge(deps: Deps, command: CreateCommand, askedAt: number): Promise<Charge> {
  const { existing, request, body } = command
  try {
    const answer = existing
      ? await reread(deps, command, existing.id)
      : await executeIdempotent(deps, request, createOperation(deps, command))
    requireSameBody(request, answer.value.metadata)
    return { answer, decline: body.confirm === true ? declineOfIntent(answer.value) : null }
  } catch (error) {
    const failed = failedCall(error)
    const decline = declineOfCall(failed)
    if (!failed || !decline) throw error
    return { answer: await declinedIntent(deps, command, { failed, askedAt }), decline }
  }
}

function createOperation(
  deps: Deps,
  command: CreateCommand,
): StripeOperation<Stripe.PaymentIntent, FeePolicy | null> {
  const { account, request, requestId } = command
  const acting = AccountId.parse(account.id)
  const question = { gate: 'charge', row: account, requestId } as const
  return {
    allow: async () => (await passGate(deps, question)).context.fee_policy,
    async send(sending, feePolicy) {
      try {
        return await deps.stripe.createPaymentIntent(acting, createParams(command, feePolicy), sending)
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
    reread: ({ id }) => reread(deps, command, id),
    doneAt: ({ created }) => created,
  }
}

function createParams(
  { body, request }: CreateCommand,
  feePolicy: FeePolicy | null,
): Stripe.PaymentIntentCreateParams {
  const { application_fee_amount, metadata, ...rest } = body
  const fee = application_fee_amount ?? (feePolicy && feeFromPolicy(body, feePolicy))
  // Stripe confirms without a return_url only if no payment method can redirect the customer.
  const neverRedirects = body.confirm === true && body.return_url === undefined
  return {
    ...defined(rest),
    // Stripe refuses a fee of 0.
    ...(fee && { application_fee_amount: fee }),
    automatic_payment_methods: { enabled: true, ...(neverRedirects && { allow_redirects: 'never' }) },
    metadata: { ...metadata, ...markOf(request) },
  }
}

/** Asks no gate: it was open when the PaymentIntent was created. */
function reread(deps: Deps, { account }: CreateCommand, id: string): Promise<Answer<Stripe.PaymentIntent>> {
  return deps.stripe.retrievePaymentIntent(AccountId.parse(account.id), PaymentIntentId.parse(id))
}

/** A call sends twice at most, ten seconds each. An older declined PaymentIntent comes from an earlier request. */
const LONGEST_CALL_S = 30

/** The PaymentIntent of a decline in its current state; null: Stripe created none. */
async function declinedIntent(
  deps: Deps,
  command: CreateCommand,
  { failed, askedAt }: { failed: FailedCall; askedAt: number },
): Promise<Answer<Stripe.PaymentIntent> | null> {
  const { failure, headers, replayed } = failed
  const value = failure.kind === 'declined' ? failure.paymentIntent : null
  if (!value) return null
  const as_of = spanOf(headers, deps.now() - askedAt)
  const isOld = replayed || value.created < as_of.to - LONGEST_CALL_S
  return isOld ? reread(deps, command, value.id) : { value, as_of, replayed }
}
