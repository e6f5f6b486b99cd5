/**
 * Creates the connected account of an external id, one, however often and by whomever it is asked for. The account carries
 * its external id and its request in its metadata, so that a retry or a webhook knows whose it is.
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
import { createOnce } from './create-once.ts'
import { observeAccount } from './observe.ts'
import type { AccountBody, CreateAccount } from './schemas.ts'
import { accountBody } from './view.ts'

export interface AccountRequest {
  body: CreateAccount
  request: IdempotentRequest
  /** The account that has the external id; null: none yet. */
  existing: InstanceRow | null
  /** The record of its creation. */
  creation: CreationRow | null
}

/** @throws Problem account_exists; what Stripe's refusal or silence throws */
export async function createAccount(deps: Deps, asked: AccountRequest): Promise<CommandResult<AccountBody>> {
  const { request, existing, creation } = asked
  const body = withSortedMetadata(asked.body)
  // If no request ever had the answer, this one may: the account exists, and its creator may be asking again.
  if (existing && creation?.answered_at !== null) throw accountExists(existing.id, body.external_id)
  const fingerprint = await sha256(JSON.stringify(body))
  const at = deps.now()
  const created = existing
    ? null
    : await createOnce(deps, {
        externalId: body.external_id,
        params: accountParams(body, fingerprint),
        request,
      })
  const answer =
    created && isNew(created)
      ? created
      : await deps.stripe.retrieveAccount(AccountId.parse(existing?.id ?? created?.value.id))
  const object = AccountObject.parse(answer.value)
  const isOurs = object.metadata?.gatehouse_request === fingerprint
  return {
    events: eventsOf(asked, { object, as_of: answer.as_of, at, isOurs }),
    loaded: loadedFrom('account', object.id, existing),
    alongside: (now) => (isOurs ? [answerCreation(body.external_id, now)] : []),
    answer: (results, now) => {
      if (!isOurs) return accountExists(object.id, body.external_id)
      const { livemode } = deps.config.stripe
      return accountBody(liveOf(results.at(-1)), { createdAt: existing?.created_at ?? now, livemode })
    },
  }
}

/** The same request hashes the same: not every client writes a map twice in one order. */
function withSortedMetadata({ metadata, ...rest }: CreateAccount): CreateAccount {
  if (metadata === undefined) return rest
  const pairs = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { ...rest, metadata: Object.fromEntries(pairs) }
}

/** A replayed answer shows the account as it was when it was made. */
function isNew({ value, as_of, replayed }: Answer<Stripe.Account>): boolean {
  return !replayed && value.created !== undefined && value.created >= as_of.from
}

/**
 * The four controller values are the only account shape Gatehouse supports, and permanent. Capabilities are never sent, and
 * the country only if the caller chose it: either fixes the country before the holder can, and Stripe requests the
 * capabilities that the country needs.
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
  seen: { object: AccountObject; as_of: Answer<unknown>['as_of']; at: number; isOurs: boolean },
): InstanceEvent<typeof accountLifecycle>[] {
  const { object, as_of, at, isOurs } = seen
  const { id } = object
  const { external_id, metadata = {}, fee_policy = null } = body
  const instance = { machine: 'account', id, account: id } as const
  const asked = { seq: existing?.seq ?? 0, at }
  const begin = { id, external_id, metadata: isOurs ? metadata : {}, fee_policy: isOurs ? fee_policy : null }
  const observation = { ...observeAccount(object), connection: 'connected' as const }
  return [
    { ...instance, event: { type: 'stripe.observed', as_of, observation, asked }, begin },
    // A webhook may have begun the account first, without what only this request knows.
    { ...instance, event: { type: 'account.named', external_id } },
    ...(isOurs ? [{ ...instance, event: { type: 'account.described' as const, metadata, fee_policy } }] : []),
  ]
}

function liveOf(result: StepResult | undefined): LiveAccount {
  if (!result || result.kind === 'unknown') throw new Error('an account that was begun has no state')
  return result.live as LiveAccount
}

function accountExists(id: string, externalId: string): Problem {
  return new Problem('account_exists', `The external_id ${externalId} belongs to ${id}.`, {
    members: { account: id },
  })
}
