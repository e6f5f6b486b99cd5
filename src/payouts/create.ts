/** Creates a payout: from the account's Stripe balance to its holder's bank account or card. */
import type { Stripe } from 'stripe'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import { payout as payoutLifecycle } from '../../machines/payout/payout.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { externalIdOf, isMadeBy, markOf, requireSameBody } from '../idempotency/mark.ts'
import { observedResult } from '../idempotency/observed-result.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { BalanceObject, PayoutObject } from '../stripe/payout-objects.ts'
import { requireControl } from './control.ts'
import { instantDestination, requireInstantBalance } from './instant.ts'
import { observePayout } from './observe.ts'
import type { CreatePayout, PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface CreateCommand {
  account: InstanceRow
  /** The payout this request already created: its answer was lost, but its webhook arrived. */
  existing: InstanceRow | null
  body: CreatePayout
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem gate_closed, payouts_not_controlled, instant_payout_unavailable; the error of a Stripe call that failed */
export async function createPayout(deps: Deps, command: CreateCommand): Promise<CommandResult<PayoutBody>> {
  const { account, existing, request } = command
  const askedAt = deps.now()
  const { value, as_of } = existing
    ? await reread(deps, command, existing.id)
    : await executeIdempotent(deps, request, createOperation(deps, command))
  requireSameBody(request, value.metadata)
  const { livemode } = deps.config.stripe
  return observedResult(
    deps,
    {
      lifecycle: payoutLifecycle,
      id: value.id,
      account: account.id,
      row: existing,
      askedAt,
      as_of,
      observation: observePayout(PayoutObject.parse(value)),
      externalId: externalIdOf(account.id, request),
      alsoLoaded: [account],
    },
    (live, createdAt) => payoutBody(live, { createdAt, livemode, account: accountLifecycle.read(account) }),
  )
}

function createOperation(deps: Deps, command: CreateCommand): StripeOperation<Stripe.Payout, string | null> {
  const { account, request, requestId } = command
  const acting = AccountId.parse(account.id)
  const question = { gate: 'payout', row: account, requestId } as const
  return {
    async allow() {
      const live = await passGate(deps, question)
      requireControl(live)
      return destinationOf(deps, command, live.context.facts)
    },
    async send(sending, destination) {
      try {
        return await deps.stripe.createPayout(acting, createParams(command, destination), sending)
      } catch (error) {
        const failed = failedCall(error)
        if (failed && !isAboutTheAmount(failed)) await refuseIfGateClosed(deps, question, failed)
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (params) => deps.stripe.listPayouts(acting, params),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: ({ id }) => reread(deps, command, id),
    doneAt: ({ created }) => created,
  }
}

/** The external account of an instant payout; null: Stripe chooses. @throws Problem instant_payout_unavailable */
async function destinationOf(
  deps: Deps,
  { account, body }: CreateCommand,
  facts: Parameters<typeof instantDestination>[0],
): Promise<string | null> {
  if (body.method !== 'instant') return null
  const destination = instantDestination(facts, body)
  const { value } = await deps.stripe.retrieveBalance(AccountId.parse(account.id))
  requireInstantBalance(BalanceObject.parse(value), { ...body, destination })
  return destination
}

function createParams(
  { body, request }: CreateCommand,
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
const ABOUT_THE_AMOUNT = new Set([
  'balance_insufficient',
  'instant_payouts_limit_exceeded',
  'instant_payouts_unsupported',
  'instant_payouts_currency_disabled',
  'instant_payouts_config_disabled',
  'payouts_limit_exceeded',
])

function isAboutTheAmount({ failure }: FailedCall): boolean {
  return failure.kind === 'refused' && ABOUT_THE_AMOUNT.has(failure.code ?? '')
}

/** Asks no gate: it was open when the payout was created. */
function reread(deps: Deps, { account }: CreateCommand, id: string): Promise<Answer<Stripe.Payout>> {
  return deps.stripe.retrievePayout(AccountId.parse(account.id), PayoutId.parse(id))
}
