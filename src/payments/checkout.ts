/**
 * Creates a Checkout Session on the connected account once. Stripe creates its PaymentIntent when the customer pays, and the
 * webhook begins the payment here: the PaymentIntent's metadata names the request.
 */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import { NOTHING_LOADED } from '../engine/plan.ts'
import { toTime } from '../http/time.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { isMadeBy, markOf, requireSameBody } from '../idempotency/mark.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { feeFromPolicy } from '../money/application-fee.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import { AccountId } from '../stripe/ids.ts'
import { totalOf, type CheckoutSessionBody, type CreateCheckoutSession } from './checkout-schemas.ts'

export interface CheckoutCommand {
  account: InstanceRow
  body: CreateCheckoutSession
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed; the error of a Stripe call that failed */
export async function createCheckoutSession(
  deps: Deps,
  command: CheckoutCommand,
): Promise<CommandResult<CheckoutSessionBody>> {
  const { account, body, request } = command
  const { value } = await executeIdempotent(deps, request, checkoutOperation(deps, command))
  requireSameBody(request, value.metadata)
  return {
    events: [],
    loaded: NOTHING_LOADED,
    answer: () => ({
      id: value.id,
      account: account.id,
      url: value.url,
      expires_at: toTime(value.expires_at * 1000),
      ...totalOf(body.line_items),
    }),
  }
}

function checkoutOperation(
  deps: Deps,
  command: CheckoutCommand,
): StripeOperation<Stripe.Checkout.Session, FeePolicy | null> {
  const { account, request, requestId } = command
  const acting = AccountId.parse(account.id)
  const question = { gate: 'charge', row: account, requestId } as const
  return {
    allow: async () => (await passGate(deps, question)).context.fee_policy,
    async send(sending, feePolicy) {
      try {
        return await deps.stripe.createCheckoutSession(acting, sessionParams(command, feePolicy), sending)
      } catch (error) {
        await refuseIfGateClosed(deps, question, failedCall(error))
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listCheckoutSessions(acting, params),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: ({ id }) => deps.stripe.retrieveCheckoutSession(acting, id),
    doneAt: ({ created }) => created,
  }
}

function sessionParams(
  { body, request }: CheckoutCommand,
  feePolicy: FeePolicy | null,
): Stripe.Checkout.SessionCreateParams {
  const { line_items, success_url, cancel_url, application_fee_amount } = body
  const fee = application_fee_amount ?? (feePolicy && feeFromPolicy(totalOf(line_items), feePolicy))
  const metadata = { ...body.metadata, ...markOf(request) }
  return {
    mode: 'payment',
    line_items: line_items.map(({ price_data: { product_data, ...price }, quantity }) => ({
      price_data: { ...price, product_data: defined(product_data) },
      quantity,
    })),
    success_url,
    cancel_url,
    // Both need the metadata: Stripe does not copy it from the session to the PaymentIntent.
    metadata,
    payment_intent_data: { metadata, ...(fee && { application_fee_amount: fee }) },
  }
}
