/** Events that move a connected account. */
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import {
  AccountObject,
  ApplicationObject,
  CapabilityObject,
  ExternalAccountObject,
} from '../stripe/objects.ts'
import { CAPABILITY, observeAccount, observeExternalAccount } from './observe.ts'
import { one } from '../payments/observe.ts'
import { during, ofAccount, Untranslatable, type Meaning } from '../engine/event-meaning.ts'

const externalAccountChanged = ofAccount(ExternalAccountObject, ({ object, account, created }) => [
  observed(account, created, { external_accounts: one(object.id, observeExternalAccount(object)) }),
])

export const ACCOUNT_EVENTS = {
  'account.updated': ofAccount(AccountObject, ({ object, account, created }) => {
    if (object.id !== account)
      throw new Untranslatable(`the event is of ${account}, its object of ${object.id}`)
    return [observed(account, created, observeAccount(object), object.metadata?.gatehouse_external_id)]
  }),
  // The object is the platform's own application: https://docs.stripe.com/connect/webhooks
  'account.application.authorized': ofAccount(ApplicationObject, ({ account, created }) => [
    observed(account, created, { connection: 'connected' }),
  ]),
  'account.application.deauthorized': ofAccount(ApplicationObject, ({ account, created }) => [
    observed(account, created, { connection: 'disconnected' }),
  ]),
  'account.external_account.created': externalAccountChanged,
  'account.external_account.updated': externalAccountChanged,
  'account.external_account.deleted': ofAccount(ExternalAccountObject, ({ object, account, created }) => [
    observed(account, created, { external_accounts: one(object.id, null) }),
  ]),
  'capability.updated': ofAccount(CapabilityObject, ({ object, account, created }) => {
    if (object.account !== account)
      throw new Untranslatable(`the event is of ${account}, its object of ${object.account}`)
    if (!CAPABILITY.test(object.id)) throw new Untranslatable('the capability has no name')
    return [observed(account, created, { capabilities: one(object.id, object.status ?? 'inactive') })]
  }),
} satisfies Record<string, Meaning>

/** That an account exists: an event of something of its own tells little more of it, but an unknown one is adopted. */
export function heardOf(
  account: string,
  created: number,
  observation: Observation<AccountFacts> = {},
): InstanceEvent {
  return observed(account, created, observation)
}

/** An account nobody here knows is adopted; what it is, Stripe will be asked. */
function observed(
  account: string,
  created: number,
  observation: Observation<AccountFacts>,
  externalId: string | null = null,
): InstanceEvent {
  return {
    machine: 'account',
    id: account,
    account,
    event: { type: 'stripe.observed', as_of: during(created), observation },
    begin: { id: account, external_id: externalId, metadata: {}, fee_policy: null },
  }
}
