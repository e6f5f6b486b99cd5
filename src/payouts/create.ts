/** Creates a payout: money from the account's Stripe balance to its holder's bank account or card. */
import type { Stripe } from 'stripe'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { loadedFrom } from '../engine/plan.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { externalIdOf, isMadeBy, markOf } from '../idempotency/mark.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { BalanceObject } from '../stripe/payout-objects.ts'
import { livePayout, payoutAnswered } from './answered.ts'
import { requireControl } from './control.ts'
import { checkInstantBalance, instantDestination } from './instant.ts'
import type { CreatePayout, PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface PayoutRequest {
  account: InstanceRow
  /** The payout that this request made before: its answer was lost, but its webhook came. */
  made: InstanceRow | null
  body: CreatePayout
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed, payouts_not_controlled, instant_payout_unavailable; what Stripe's refusal or silence throws */
export async function createPayout(deps: Deps, asked: PayoutRequest): Promise<CommandResult<PayoutBody>> {
  const { account, made, request } = asked
  const at = deps.now()
  const answer = made
    ? await reread(deps, asked, made.id)
    : await executeIdempotent(deps, request, creation(deps, asked))
  isMadeBy(request, answer.value.metadata)
  const { livemode } = deps.config.stripe
  const externalId = externalIdOf(account.id, request)
  const event = payoutAnswered(answer, { account: account.id, row: made, at, externalId })
  return {
    events: [event],
    loaded: loadedFrom('payout', answer.value.id, made, [account]),
    answer: ([result], now) =>
      payoutBody(livePayout(deps, result, event), {
        createdAt: made?.created_at ?? now,
        livemode,
        account: accountLifecycle.read(account),
      }),
  }
}

function creation(deps: Deps, asked: PayoutRequest): StripeOperation<Stripe.Payout, string | null> {
  const { account, request, requestId } = asked
  const acting = AccountId.parse(account.id)
  const question = { gate: 'payout', row: account, requestId } as const
  return {
    async allow() {
      const live = await passGate(deps, question)
      requireControl(live)
      return destinationOf(deps, asked, live.context.facts)
    },
    async send(sending, destination) {
      try {
        return await deps.stripe.createPayout(acting, payoutParams(asked, destination), sending)
      } catch (error) {
        const failed = failedCall(error)
        if (failed && !isAboutMoney(failed)) await refuseIfGateClosed(deps, question, failed)
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listPayouts(acting, params),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: ({ id }) => reread(deps, asked, id),
    doneAt: ({ created }) => created,
  }
}

/** The destination of an instant payout; null: Stripe chooses. */
async function destinationOf(
  deps: Deps,
  { account, body }: PayoutRequest,
  facts: Parameters<typeof instantDestination>[0],
): Promise<string | null> {
  if (body.method !== 'instant') return null
  const destination = instantDestination(facts, body)
  const { value } = await deps.stripe.retrieveBalance(AccountId.parse(account.id))
  checkInstantBalance(BalanceObject.parse(value), { ...body, destination })
  return destination
}

function payoutParams(
  { body, request }: PayoutRequest,
  destination: string | null,
): Stripe.PayoutCreateParams {
  const { amount, currency, method } = body
  return {
    amount,
    currency,
    method,
    ...(destination !== null && { destination }),
    metadata: markOf(request),
  }
}

/** Refusals about the amount or the method, which say nothing about the account. */
const ABOUT_MONEY = new Set([
  'balance_insufficient',
  'instant_payouts_limit_exceeded',
  'instant_payouts_unsupported',
  'instant_payouts_currency_disabled',
  'instant_payouts_config_disabled',
  'payouts_limit_exceeded',
])

function isAboutMoney({ failure }: FailedCall): boolean {
  return failure.kind === 'refused' && ABOUT_MONEY.has(failure.code ?? '')
}

/** The gate was open when the payout was made: its answer is due, not another decision. */
function reread(deps: Deps, { account }: PayoutRequest, id: string): Promise<Answer<Stripe.Payout>> {
  return deps.stripe.retrievePayout(AccountId.parse(account.id), PayoutId.parse(id))
}
