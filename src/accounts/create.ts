/**
 * Answers `POST /v1/accounts`: creates at most one connected account for each external id. The account's metadata holds
 * the external id and the request's fingerprint, so that a retry or a webhook can match the account to its request.
 */
import type { Stripe } from 'stripe'
import type { account as accountLifecycle, LiveAccount } from '../../machines/account/account.ts'
import type { Deps } from '../deps.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import { Problem } from '../http/problem.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { sha256 } from '../sha256.ts'
import { answerCreation, type CreationRow } from '../store/creations.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { AccountObject } from '../stripe/objects.ts'
import { createAtStripe } from './create-at-stripe.ts'
import { observeAccount } from './observe.ts'
import type { AccountBody, CreateAccount } from './schemas.ts'
import { accountBody } from './view.ts'

export interface AccountRequest {
  body: CreateAccount
  request: IdempotentRequest
  /** The stored account with this external id, if any. */
  existing: InstanceRow | null
  /** The record of its creation, if it was ever requested here. */
  creation: CreationRow | null
}

/** @throws Problem account_exists, idempotency_key_in_use; the failure of the Stripe call */
export async function createAccount(deps: Deps, input: AccountRequest): Promise<CommandResult<AccountBody>> {
  const { request, existing, creation } = input
  const body = withSortedMetadata(input.body)
  // If no request was answered with the account yet, this one may be a retry of the request that created it.
  if (existing && creation?.answered_at !== null) throw accountExists(existing.id, body.external_id)
  const fingerprint = await sha256(JSON.stringify(body))
  const at = deps.now()
  const created = existing
    ? null
    : await createAtStripe(deps, {
        externalId: body.external_id,
        params: accountParams(body, fingerprint),
        request,
      })
  const answer =
    created && isNew(created)
      ? created
      : await deps.stripe.retrieveAccount(AccountId.parse(existing?.id ?? created?.value.id))
  const object = AccountObject.parse(answer.value)
  const isFromThisRequest = object.metadata?.gatehouse_request === fingerprint
  return {
    events: eventsOf(input, { object, as_of: answer.as_of, at, isFromThisRequest }),
    loaded: loadedFrom('account', object.id, existing),
    alongside: (now) => (isFromThisRequest ? [answerCreation(body.external_id, now)] : []),
    answer: (results, now) => {
      if (!isFromThisRequest) return accountExists(object.id, body.external_id)
      const { livemode } = deps.config.stripe
      return accountBody(liveOf(results.at(-1)), { createdAt: existing?.created_at ?? now, livemode })
    },
  }
}

/** Sorted, because a client may write the same metadata in another order when it retries. */
function withSortedMetadata({ metadata, ...rest }: CreateAccount): CreateAccount {
  if (metadata === undefined) return rest
  const pairs = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { ...rest, metadata: Object.fromEntries(pairs) }
}

/** Whether the answer shows the account as it is now. A replayed answer shows it as it was when it was created. */
function isNew({ value, as_of, replayed }: Answer<Stripe.Account>): boolean {
  return !replayed && value.created !== undefined && value.created >= as_of.from
}

/**
 * The four controller values are permanent, and the only account shape Gatehouse supports. Capabilities are never sent,
 * because they fix the country before the holder can choose it; Stripe requests what the country needs. The country is
 * sent only if the caller chose it.
 * https://docs.stripe.com/connect/hosted-onboarding#create-account
 */
export function accountParams(body: CreateAccount, fingerprint: string): Stripe.AccountCreateParams {
  const { external_id, email, country, business_url, metadata } = body
  return {
    ...(email !== undefined && { email }),
    ...(country !== undefined && { country }),
    controller: {
      stripe_dashboard: { type: 'full' },
      fees: { payer: 'account' },
      losses: { payments: 'stripe' },
      requirement_collection: 'stripe',
    },
    ...(business_url !== undefined && { business_profile: { url: business_url } }),
    metadata: { ...metadata, gatehouse_external_id: external_id, gatehouse_request: fingerprint },
  }
}

function eventsOf(
  { body, existing }: AccountRequest,
  answer: { object: AccountObject; as_of: Answer<unknown>['as_of']; at: number; isFromThisRequest: boolean },
): InstanceEvent<typeof accountLifecycle>[] {
  const { object, as_of, at, isFromThisRequest } = answer
  const { id } = object
  const { external_id, metadata = {}, fee_policy = null } = body
  const instance = { machine: 'account', id, account: id } as const
  const asked = { seq: existing?.seq ?? 0, at }
  const begin = {
    id,
    external_id,
    metadata: isFromThisRequest ? metadata : {},
    fee_policy: isFromThisRequest ? fee_policy : null,
  }
  const observation = { ...observeAccount(object), connection: 'connected' as const }
  return [
    { ...instance, event: { type: 'stripe.observed', as_of, observation, asked }, begin },
    // If a webhook began the instance first, it lacks what only this request knows.
    { ...instance, event: { type: 'account.named', external_id } },
    ...(isFromThisRequest
      ? [{ ...instance, event: { type: 'account.described' as const, metadata, fee_policy } }]
      : []),
  ]
}

function liveOf(result: StepResult | undefined): LiveAccount {
  if (!result || result.kind === 'unknown') throw new Error('the created account has no state')
  return result.live as LiveAccount
}

function accountExists(id: string, externalId: string): Problem {
  return new Problem(
    'account_exists',
    `The external_id ${externalId} already belongs to ${id}. Read that account, or create one under another external_id.`,
    { members: { account: id } },
  )
}
