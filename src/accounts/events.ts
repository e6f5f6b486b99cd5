/** Reads Stripe's events about a connected account as observations of it. */
import type { account as accountLifecycle } from '../../machines/account/account.ts'
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { FetchStart } from '../../machines/observation.ts'
import { oneMember, type AsOf, type Observation } from '../../machines/watermark.ts'
import { connectEvent, secondOf, UnreadableEvent, type StripeEventHandler } from '../engine/translate.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import {
  AccountObject,
  ApplicationObject,
  CapabilityObject,
  ExternalAccountObject,
} from '../stripe/objects.ts'
import {
  BalanceObject,
  BalanceSettingsObject,
  ReserveHoldObject,
  ReservePlanObject,
} from '../stripe/payout-objects.ts'
import {
  CAPABILITY,
  negativeBalances,
  observeAccount,
  observeExternalAccount,
  observePayoutSettings,
  observeReserveHold,
  observeReservePlan,
} from './observe.ts'

const externalAccountChanged = connectEvent(ExternalAccountObject, ({ object, account, created }) => [
  accountObserved(account, created, {
    external_accounts: oneMember(object.id, observeExternalAccount(object)),
  }),
])

const reservePlanChanged = connectEvent(ReservePlanObject, ({ object, account, created }) => [
  accountObserved(account, created, { reserve_plans: oneMember(object.id, observeReservePlan(object)) }),
])

const reserveHoldChanged = connectEvent(ReserveHoldObject, ({ object, account, created }) =>
  object.reserve_plan || object.source_charge
    ? 'the hold belongs to one charge, and the reserve plan covers all of those'
    : [
        accountObserved(account, created, {
          reserve_holds: oneMember(object.id, observeReserveHold(object)),
        }),
      ],
)

export const ACCOUNT_EVENTS = {
  'account.updated': connectEvent(AccountObject, ({ object, account, created }) => {
    if (object.id !== account)
      throw new UnreadableEvent(`the event is for ${account}, but its object is ${object.id}`)
    return [accountObserved(account, created, observeAccount(object), object.metadata?.gatehouse_external_id)]
  }),
  // The object is the platform's own application: https://docs.stripe.com/connect/webhooks
  'account.application.authorized': connectEvent(ApplicationObject, ({ account, created }) => [
    accountObserved(account, created, { connection: 'connected' }),
  ]),
  'account.application.deauthorized': connectEvent(ApplicationObject, ({ account, created }) => [
    accountObserved(account, created, { connection: 'disconnected' }),
  ]),
  'account.external_account.created': externalAccountChanged,
  'account.external_account.updated': externalAccountChanged,
  'account.external_account.deleted': connectEvent(ExternalAccountObject, ({ object, account, created }) => [
    accountObserved(account, created, { external_accounts: oneMember(object.id, null) }),
  ]),
  'capability.updated': connectEvent(CapabilityObject, ({ object, account, created }) => {
    if (object.account !== account)
      throw new UnreadableEvent(
        `the event is for ${account}, but its capability belongs to ${object.account}`,
      )
    if (!CAPABILITY.test(object.id)) throw new UnreadableEvent('the capability has no name')
    const capabilities = oneMember(object.id, object.status ?? 'inactive')
    return [accountObserved(account, created, { capabilities })]
  }),
  'balance.available': connectEvent(BalanceObject, ({ object, account, created }) => [
    accountObserved(account, created, { negative_balances: negativeBalances(object) }),
  ]),
  'balance_settings.updated': connectEvent(BalanceSettingsObject, ({ object, account, created }) => [
    accountObserved(account, created, { payout_settings: observePayoutSettings(object) }),
  ]),
  'reserve.hold.created': reserveHoldChanged,
  'reserve.hold.updated': reserveHoldChanged,
  'reserve.plan.created': reservePlanChanged,
  'reserve.plan.updated': reservePlanChanged,
  'reserve.plan.disabled': reservePlanChanged,
  'reserve.plan.expired': reservePlanChanged,
} satisfies Record<string, StripeEventHandler>

/**
 * The event for the account's instance. An unknown account is adopted: its instance begins and owes a refresh. The default,
 * an empty observation, only adopts: it is for events about an object that the account owns.
 */
export function accountObserved(
  account: string,
  created: number,
  observation: Observation<AccountFacts> = {},
  externalId: string | null = null,
): InstanceEvent<typeof accountLifecycle> {
  return {
    machine: 'account',
    id: account,
    account,
    event: { type: 'stripe.observed', as_of: secondOf(created), observation },
    begin: { id: account, external_id: externalId, metadata: {}, fee_policy: null },
  }
}

interface FetchedAccount {
  as_of: AsOf
  asked: FetchStart
  /** Observations beyond the Account object. */
  details?: Observation<AccountFacts>
  /** Begin an instance if the account is unknown. */
  adopt?: true
}

/** The events for an Account object that Stripe returned to a call of ours. Its metadata may hold its external id. */
export function accountFetched(
  object: AccountObject,
  { as_of, asked, details, adopt }: FetchedAccount,
): InstanceEvent<typeof accountLifecycle>[] {
  const { id, metadata } = object
  const external_id = metadata?.gatehouse_external_id ?? null
  const instance = { machine: 'account', id, account: id } as const
  const observation = { ...observeAccount(object), ...details, connection: 'connected' as const }
  return [
    {
      ...instance,
      event: { type: 'stripe.observed', as_of, observation, asked },
      ...(adopt && { begin: { id, external_id, metadata: {}, fee_policy: null } }),
    },
    ...(external_id === null
      ? []
      : [{ ...instance, event: { type: 'account.named' as const, external_id } }]),
  ]
}
