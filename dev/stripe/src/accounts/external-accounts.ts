import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { forbidden, invalidParameter, noSuch } from '../core/errors.ts'
import { mergeMetadata } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import { bankDetails, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { changeAccount, externalAccounts } from './change.ts'
import { accessibleAccount } from './update.ts'

export function listExternalAccounts(
  call: Call<Stripe.AccountListExternalAccountsParams>,
): Stripe.ApiList<Stripe.ExternalAccount> {
  const record = accessibleAccount(call, pathId(call))
  const data = readable(call, record)
  const wanted = data.filter(
    ({ object }) => call.params.object === undefined || object === call.params.object,
  )
  return externalAccountList(record.account.id, wanted.slice(0, call.params.limit ?? 10))
}

export function retrieveExternalAccount(call: Call): Stripe.ExternalAccount {
  return find(call, accessibleAccount(call, pathId(call)))
}

/** Adds a bank account. Only a platform that collects requirements itself may do so. */
export function createExternalAccount(
  call: Call<Stripe.AccountCreateExternalAccountParams>,
): Stripe.ExternalAccount {
  const { world, params } = call
  const record = writable(call)
  const { account } = record
  const details = bankDetails(params.external_account, account)
  const isDefault =
    params.default_for_currency ?? externalAccounts(record).every((one) => one.currency !== details.currency)
  const bank = {
    ...newBankAccount(world, account.id, details),
    default_for_currency: isDefault,
    metadata: mergeMetadata({}, params.metadata),
  }
  const others = externalAccounts(record).map((one) =>
    isDefault && one.currency === bank.currency ? { ...one, default_for_currency: false } : one,
  )
  changeAccount(world, account.id, {
    bankNumbers: { ...record.bankNumbers, [bank.id]: details.account_number },
    account: { external_accounts: externalAccountList(account.id, [...others, bank]) },
  })
  return bank
}

export function updateExternalAccount(
  call: Call<Stripe.AccountUpdateExternalAccountParams>,
): Stripe.ExternalAccount {
  const { params } = call
  const record = writable(call)
  const old = find(call, record)
  const updated = {
    ...old,
    metadata: mergeMetadata(old.metadata, params.metadata),
    ...(params.default_for_currency === undefined
      ? {}
      : { default_for_currency: params.default_for_currency }),
  }
  replace(
    call,
    record,
    externalAccounts(record).map((one) => (one.id === old.id ? updated : one)),
  )
  return updated
}

export function deleteExternalAccount(call: Call): Stripe.DeletedExternalAccount {
  const record = writable(call)
  const old = find(call, record)
  if (
    old.default_for_currency === true &&
    externalAccounts(record).some((one) => one.id !== old.id && one.currency === old.currency)
  ) {
    throw invalidParameter(
      'You cannot delete the default external account for your default currency. Please make another external account the default using the `default_for_currency` param, and then delete this one.',
    )
  }
  replace(
    call,
    record,
    externalAccounts(record).filter((one) => one.id !== old.id),
  )
  return { id: old.id, object: 'bank_account', deleted: true }
}

function replace({ world }: Call, { account }: AccountRecord, list: readonly Stripe.ExternalAccount[]): void {
  changeAccount(world, account.id, { account: { external_accounts: externalAccountList(account.id, list) } })
}

function readable({ world }: Call, record: AccountRecord): readonly Stripe.ExternalAccount[] {
  return record.controlled && world.switches.external_accounts === 'present' ? externalAccounts(record) : []
}

function find(call: Call, record: AccountRecord): Stripe.ExternalAccount {
  const id = pathId(call, 'external_account')
  const found = readable(call, record).find((one) => one.id === id)
  if (found === undefined) throw noSuch('external account', id)
  return found
}

/** Refuses changes by the platform if the account holder owns the bank accounts. */
function writable(call: Call): AccountRecord {
  const record = accessibleAccount(call, pathId(call))
  if (record.account.controller?.requirement_collection === 'application' && record.controlled) return record
  throw forbidden(
    `This application does not have the required permissions for this endpoint on account '${record.account.id}'.`,
    'oauth_not_supported',
  )
}
