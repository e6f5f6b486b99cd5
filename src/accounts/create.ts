/**
 * A connected account for a name, one, however often and by whomever it is asked for. The account carries its name and its
 * request in its metadata: whoever finds it again, a retry or a webhook, knows whose it is.
 */
import type { Stripe } from 'stripe'
import type { LiveAccount } from '../../machines/account/account.ts'
import type { StepResult } from '../engine/unit-of-work.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { Deps } from '../deps.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { Problem } from '../http/problem.ts'
import { answerCreation, type CreationRow } from '../store/creations.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { AccountObject } from '../stripe/objects.ts'
import { observeAccount } from './observe.ts'
import { sha256 } from '../sha256.ts'
import { createOnce } from './create-once.ts'
import type { AccountBody, CreateAccount } from './schemas.ts'
import { accountBody } from './view.ts'

export interface AccountRequest {
  request: CreateAccount
  keyed: IdempotentRequest
  /** The account that carries the name, and what is on record of its making. */
  taken: InstanceRow | null
  creation: CreationRow | null
}

/** @throws Problem account_exists; what Stripe's refusal or silence throws */
export async function createAccount(deps: Deps, asked: AccountRequest): Promise<CommandResult<AccountBody>> {
  const { keyed, taken, creation } = asked
  const request = inOrder(asked.request)
  // Nobody was ever told of an account whose answer was lost: it is still there to be asked for.
  if (taken && creation?.answered_at !== null) throw accountExists(taken.id, request.external_id)
  const print = await sha256(JSON.stringify(request))
  const at = deps.now()
  const made = taken
    ? null
    : await createOnce(deps, { name: request.external_id, params: accountParams(request, print), keyed })
  const answer =
    made && isNew(made)
      ? made
      : await deps.stripe.retrieveAccount(AccountId.parse(taken?.id ?? made?.value.id))
  const object = AccountObject.parse(answer.value)
  const isOurs = object.metadata?.gatehouse_request === print
  return {
    ...observed(asked, { object, as_of: answer.as_of, at, isOurs }),
    alongside: (now) => (isOurs ? [answerCreation(request.external_id, now)] : []),
    answer: (results, now) => {
      if (!isOurs) return accountExists(object.id, request.external_id)
      const { livemode } = deps.config.stripe
      return accountBody(liveOf(results.at(-1)), { createdAt: taken?.created_at ?? now, livemode })
    },
  }
}

/** The same request reads the same, here and at Stripe: not every client writes a map twice in one order. */
function inOrder({ metadata, ...rest }: CreateAccount): CreateAccount {
  if (metadata === undefined) return rest
  const pairs = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { ...rest, metadata: Object.fromEntries(pairs) }
}

/** A replayed answer says how the account was when it was made, not how it is. */
function isNew({ value, as_of, replayed }: Answer<Stripe.Account>): boolean {
  return !replayed && value.created !== undefined && value.created >= as_of.from
}

/**
 * The four controller values are what this platform is built on, and the account keeps them for ever. The country is
 * left out unless the caller chose it, and capabilities always: sending either fixes the country before the holder can,
 * and Stripe requests what the country calls for by itself.
 * https://docs.stripe.com/connect/hosted-onboarding#create-account
 */
export function accountParams(request: CreateAccount, print: string): Stripe.AccountCreateParams {
  const { external_id, email, country, business_url, metadata } = request
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
    metadata: { ...metadata, gatehouse_external_id: external_id, gatehouse_request: print },
  }
}

function observed(
  { request, taken }: AccountRequest,
  observation: { object: AccountObject; as_of: Answer<unknown>['as_of']; at: number; isOurs: boolean },
): Pick<CommandResult<never>, 'events' | 'known'> {
  const { object, as_of, at, isOurs } = observation
  const { id } = object
  const { external_id, metadata = {}, fee_policy = null } = request
  const instance = { machine: 'account', id, account: id } as const
  const asked = { seq: taken?.seq ?? 0, at }
  const begin = { id, external_id, metadata: isOurs ? metadata : {}, fee_policy: isOurs ? fee_policy : null }
  return {
    events: [
      {
        ...instance,
        event: {
          type: 'stripe.observed',
          as_of,
          observation: { ...observeAccount(object), connection: 'connected' },
          asked,
        },
        begin,
      },
      // A webhook may have been faster, and have begun the account without what only this request knows.
      { ...instance, event: { type: 'account.named', external_id } },
      ...(isOurs
        ? [{ ...instance, event: { type: 'account.described' as const, metadata, fee_policy } }]
        : []),
    ],
    known: loadedFrom('account', id, taken),
  }
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
