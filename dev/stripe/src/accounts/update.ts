import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { forbidden, invalidParameter, noAccess } from '../core/errors.ts'
import { merge, mergeMetadata } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { bankDetails, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { requestCapabilities } from './capabilities.ts'
import { changeAccount, externalAccounts } from './change.ts'
import { mayRaisePayoutDelay } from './controller.ts'
import { newCompany, newIndividual } from './identity.ts'
import { checkSchedule } from './payout-settings.ts'
import { EMPTY_PROFILE, applySettings } from './settings.ts'
import { accountView } from './view.ts'

/** `POST /v1/accounts/:id` (https://docs.stripe.com/api/accounts/update). */
export function updateAccount(call: Call<Stripe.AccountUpdateParams>): Stripe.Account {
  const { world, params } = call
  const record = accessibleAccount(call, pathId(call))
  refuseHolderOwned(record, params)
  refuseDelayDays(world, record, params)
  checkSchedule(
    params.settings?.payouts?.schedule,
    record.account.settings?.payouts?.schedule,
    'settings[payouts][schedule]',
  )
  const requested = requestCapabilities(world, record, params.capabilities)
  const bank = newExternalAccount(world, record, params)
  const { account } = record
  return accountView(
    world,
    changeAccount(world, account.id, {
      requested: requested.requested,
      bankNumbers: { ...record.bankNumbers, ...bank?.numbers },
      account: {
        ...requested.account,
        ...profilePatch(account, params),
        ...identityPatch(world, account, params),
        ...(bank === undefined ? {} : { external_accounts: bank.list }),
      },
    }),
  )
}

/** The account with that id, if the caller may act on it. */
export function accessibleAccount({ world, key, scope }: Call, id: string): AccountRecord {
  const record = world.tables.accounts.get(id)
  const mayAct = scope === world.platform.account || scope === id
  if (record === undefined || !record.connected || !mayAct) throw noAccess(key, id)
  return record
}

function profilePatch(account: Stripe.Account, params: Stripe.AccountUpdateParams): Partial<Stripe.Account> {
  const { business_profile: profile, settings } = params
  return {
    ...(profile === undefined
      ? {}
      : { business_profile: merge(account.business_profile ?? EMPTY_PROFILE, profile) }),
    ...(settings === undefined || account.settings == null
      ? {}
      : { settings: applySettings(account.settings, settings) }),
    ...(params.email === undefined ? {} : { email: params.email }),
    ...(params.default_currency === undefined ? {} : { default_currency: params.default_currency }),
    metadata: mergeMetadata(account.metadata, params.metadata),
  }
}

function identityPatch(
  world: World,
  account: Stripe.Account,
  params: Stripe.AccountUpdateParams,
): Partial<Stripe.Account> {
  const { company, individual, tos_acceptance: tos } = params
  return {
    ...(params.business_type === undefined ? {} : { business_type: params.business_type }),
    ...(company === undefined ? {} : { company: merge(account.company ?? {}, newCompany(company)) }),
    ...(individual === undefined ? {} : { individual: newIndividual(world, account.id, individual) }),
    ...(tos === undefined ? {} : { tos_acceptance: { date: tos.date ?? null } }),
  }
}

/** The fields that the platform cannot change after the first account link, if Stripe collects requirements. */
const HOLDER_OWNED = ['business_type', 'company', 'external_account', 'individual', 'tos_acceptance'] as const

function refuseHolderOwned({ account, linkedAt }: AccountRecord, params: Stripe.AccountUpdateParams): void {
  const stripeCollects = account.controller?.requirement_collection === 'stripe'
  const touched = HOLDER_OWNED.filter((name) => params[name] !== undefined)
  const mayPrefill = !stripeCollects || linkedAt === null
  const first = touched[0]
  if (mayPrefill || first === undefined) return
  const names = touched.map((name) => `'${name}'`).join(', ')
  throw forbidden(
    `This application does not have the required permissions for the parameter${touched.length > 1 ? 's' : ''} ${names} on account '${account.id}'.`,
  )
}

function refuseDelayDays(world: World, { account }: AccountRecord, params: Stripe.AccountUpdateParams): void {
  const delay = params.settings?.payouts?.schedule?.delay_days
  if (typeof delay !== 'number' || mayRaisePayoutDelay(world, account)) return
  if (delay === account.settings?.payouts?.schedule.delay_days) return
  throw invalidParameter(
    'You cannot change the payout delay of an account whose losses Stripe is liable for.',
    {
      param: 'settings[payouts][schedule][delay_days]',
    },
  )
}

function newExternalAccount(world: World, record: AccountRecord, params: Stripe.AccountUpdateParams) {
  const { external_account: param } = params
  const { account } = record
  if (param == null || param === '') return undefined
  const details = bankDetails(param, account)
  const bank = newBankAccount(world, account.id, details)
  const others = externalAccounts(record).filter((one) => one.currency !== bank.currency)
  return {
    list: externalAccountList(account.id, [bank, ...others]),
    numbers: { [bank.id]: details.account_number },
  }
}
