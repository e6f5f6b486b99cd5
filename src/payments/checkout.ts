/**
 * Makes a Checkout Session on the connected account, once. The PaymentIntent comes to be when the customer pays, and is
 * adopted by its event: its metadata says which request it came of, and Stripe knows its fee.
 */
import type { Stripe } from 'stripe'
import type { FeePolicy } from '../../machines/account/context.ts'
import { passGate, throughGate } from '../accounts/gate.ts'
import { NOTHING_LOADED } from '../engine/plan.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import { executeIdempotent, isMadeBy, requestMetadata, type Act } from '../idempotency/execute.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { toTime } from '../http/time.ts'
import { feeByPolicy } from '../money/fee.ts'
import type { InstanceRow } from '../store/instances.ts'
import { findListed } from '../stripe/find-listed.ts'
import { AccountId } from '../stripe/ids.ts'
import { totalOf, type CheckoutSessionBody, type CreateCheckoutSession } from './checkout-schemas.ts'

export interface CheckoutRequest {
  account: InstanceRow
  request: CreateCheckoutSession
  keyed: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed; what Stripe's refusal or silence throws */
export async function createCheckoutSession(
  deps: Deps,
  asked: CheckoutRequest,
): Promise<CommandResult<CheckoutSessionBody>> {
  const { account, request, keyed } = asked
  const { value } = await executeIdempotent(deps, keyed, creation(deps, asked))
  isMadeBy(keyed, value.metadata)
  return {
    events: [],
    known: NOTHING_LOADED,
    answer: () => ({
      id: value.id,
      account: account.id,
      url: value.url,
      expires_at: toTime(value.expires_at * 1000),
      ...totalOf(request.line_items),
    }),
  }
}

function creation(deps: Deps, asked: CheckoutRequest): Act<Stripe.Checkout.Session> {
  const { account, keyed, requestId } = asked
  const acting = AccountId.parse(account.id)
  const asking = { gate: 'charge', row: account, requestId } as const
  let policy: FeePolicy | null = null
  return {
    async allow() {
      policy = (await passGate(deps, asking)).context.fee_policy
    },
    async send(sending) {
      return throughGate(deps, asking, () =>
        deps.stripe.createCheckoutSession(acting, sessionParams(asked, policy), sending),
      )
    },
    find: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listCheckoutSessions(acting, params),
        is: ({ metadata }) => isMadeBy(keyed, metadata),
      }),
    reread: ({ id }) => deps.stripe.retrieveCheckoutSession(acting, id),
    doneAt: ({ created }) => created,
  }
}

function sessionParams(
  { request, keyed }: CheckoutRequest,
  policy: FeePolicy | null,
): Stripe.Checkout.SessionCreateParams {
  const { line_items, success_url, cancel_url, application_fee_amount } = request
  const fee = application_fee_amount ?? (policy && feeByPolicy(totalOf(line_items), policy))
  const metadata = { ...request.metadata, ...requestMetadata(keyed) }
  return {
    mode: 'payment',
    line_items: line_items.map(({ price_data: { product_data, ...price }, quantity }) => ({
      price_data: { ...price, product_data: defined(product_data) },
      quantity,
    })),
    success_url,
    cancel_url,
    // The session's own metadata does not reach the PaymentIntent.
    metadata,
    payment_intent_data: { metadata, ...(fee && { application_fee_amount: fee }) },
  }
}
