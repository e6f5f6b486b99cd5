/** Makes a payout: money from the account's Stripe balance to its holder's bank account or card. */
import type { Stripe } from 'stripe'
import { passGate, recheckGate } from '../accounts/gate.ts'
import { loadedFrom } from '../engine/plan.ts'
import { readAs } from '../engine/read-as.ts'
import type { Deps } from '../deps.ts'
import {
  executeIdempotent,
  isMadeBy,
  requestMetadata,
  requestName,
  type Act,
} from '../idempotency/execute.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { externalIdWithin } from '../ids.ts'
import type { InstanceRow } from '../store/instances.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { BalanceObject } from '../stripe/payout-objects.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { requireControl } from './control.ts'
import { checkInstantBalance, instantDestination } from './instant.ts'
import { livePayout, payoutAnswered } from './answered.ts'
import type { CreatePayout, PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface PayoutRequest {
  account: InstanceRow
  /** A payout this very request made before, whose answer was lost. */
  made: InstanceRow | null
  request: CreatePayout
  keyed: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed, payouts_not_controlled, instant_payout_unavailable; what Stripe's refusal or silence throws */
export async function createPayout(deps: Deps, asked: PayoutRequest): Promise<CommandResult<PayoutBody>> {
  const { account, made, keyed } = asked
  const at = deps.now()
  const answer = made
    ? await reread(deps, asked, made.id)
    : await executeIdempotent(deps, keyed, creation(deps, asked))
  isMadeBy(keyed, answer.value.metadata)
  const { livemode } = deps.config.stripe
  const from = { account: account.id, row: made, at, name: externalIdWithin(account.id, requestName(keyed)) }
  const instanceEvent = payoutAnswered(answer, from)
  return {
    events: [instanceEvent],
    known: loadedFrom('payout', answer.value.id, made, [account]),
    answer: ([result], now) =>
      payoutBody(livePayout(result, instanceEvent), {
        createdAt: made?.created_at ?? now,
        livemode,
        account: readAs('account', account),
      }),
  }
}

function creation(deps: Deps, asked: PayoutRequest): Act<Stripe.Payout> {
  const { account, keyed, requestId } = asked
  const acting = AccountId.parse(account.id)
  const asking = { gate: 'payout', row: account, requestId } as const
  let destination: string | null = null
  return {
    async allow() {
      const live = await passGate(deps, asking)
      requireControl(live)
      destination = await destinationOf(deps, asked, live.context.facts)
    },
    async send(sending) {
      try {
        return await deps.stripe.createPayout(acting, payoutParams(asked, destination), sending)
      } catch (error) {
        const failed = failedCall(error)
        if (failed && !isAboutMoney(failed)) await recheckGate(deps, { failed, ...asking })
        throw error
      }
    },
    find: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listPayouts(acting, params),
        is: ({ metadata }) => isMadeBy(keyed, metadata),
      }),
    reread: ({ id }) => reread(deps, asked, id),
    doneAt: ({ created }) => created,
  }
}

/** Where it goes, if that is not Stripe's to choose. */
async function destinationOf(
  deps: Deps,
  { account, request }: PayoutRequest,
  facts: Parameters<typeof instantDestination>[0],
): Promise<string | null> {
  if (request.method !== 'instant') return null
  const destination = instantDestination(facts, request)
  const { value } = await deps.stripe.retrieveBalance(AccountId.parse(account.id))
  checkInstantBalance(BalanceObject.parse(value), { ...request, destination })
  return destination
}

function payoutParams(
  { request, keyed }: PayoutRequest,
  destination: string | null,
): Stripe.PayoutCreateParams {
  const { amount, currency, method } = request
  return {
    amount,
    currency,
    method,
    ...(destination !== null && { destination }),
    metadata: requestMetadata(keyed),
  }
}

/** What is not there cannot be paid out; whether the account may be paid out to is another question. */
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

/** The gate was open when it was made: what is done needs its answer, not another decision. */
function reread(deps: Deps, { account }: PayoutRequest, id: string): Promise<Answer<Stripe.Payout>> {
  return deps.stripe.retrievePayout(AccountId.parse(account.id), PayoutId.parse(id))
}
