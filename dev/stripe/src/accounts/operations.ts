import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, noSuch, refused } from '../core/errors.ts'
import { inRange, listPage } from '../core/list.ts'
import { capabilityStatus, capabilityView, requestCapabilities } from './capabilities.ts'
import { changeAccount } from './change.ts'
import { platformIsLiable } from './controller.ts'
import { disabled, enabled } from './state-changes.ts'
import { accessibleAccount } from './update.ts'
import { accountView } from './view.ts'

export function retrieveAccount(call: Call): Stripe.Account {
  const id = pathId(call)
  if (id === call.world.platform.account) return platformAccount(call)
  return accountView(call.world, accessibleAccount(call, id))
}

/** `GET /v1/account`: the account that the call acts for. */
export function retrieveCurrentAccount(call: Call): Stripe.Account {
  if (call.scope === call.world.platform.account) return platformAccount(call)
  return accountView(call.world, accessibleAccount(call, call.scope))
}

/** Stripe can filter accounts by `created` only, not by metadata. */
export function listAccounts({
  world,
  params,
}: Call<Stripe.AccountListParams>): Stripe.ApiList<Stripe.Account> {
  return listPage(world.tables.accounts, {
    owner: world.platform.account,
    params,
    url: '/v1/accounts',
    kind: 'account',
    where: ({ connected, account }) => connected && inRange(account.created ?? 0, params.created),
    view: (record) => accountView(world, record),
  })
}

/** Test mode can delete any account. */
export function deleteAccount(call: Call): Stripe.DeletedAccount {
  const { account } = accessibleAccount(call, pathId(call))
  call.world.tables.accounts.remove(account.id)
  return { id: account.id, object: 'account', deleted: true }
}

export function rejectAccount(call: Call<Stripe.AccountRejectParams>): Stripe.Account {
  const { world, params } = call
  const record = accessibleAccount(call, pathId(call))
  if (!platformIsLiable(record.account))
    throw refused('You can only reject accounts whose losses your platform is liable for.')
  const reason =
    REASONS[params.reason.split('_')[0] ?? ''] ?? REASONS[params.reason] ?? 'rejected.platform_other'
  return accountView(world, changeAccount(world, record.account.id, disabled(record, reason)))
}

const REASONS = {
  fraud: 'rejected.platform_fraud',
  terms_of_service: 'rejected.platform_terms_of_service',
} as Readonly<Record<string, 'rejected.platform_fraud' | 'rejected.platform_terms_of_service'>>

/** A platform can take back its own rejection only. */
export function unrejectAccount(call: Call): Stripe.Account {
  const record = accessibleAccount(call, pathId(call))
  if (record.account.requirements?.disabled_reason?.startsWith('rejected.platform_') !== true) {
    throw refused('This account was not rejected by your platform.')
  }
  return accountView(call.world, changeAccount(call.world, record.account.id, enabled(record)))
}

export function listCapabilities(call: Call): Stripe.ApiList<Stripe.Capability> {
  const record = accessibleAccount(call, pathId(call))
  const data = Object.keys(record.requested).map((name) => capabilityView(record, name))
  return { object: 'list', data, has_more: false, url: `/v1/accounts/${record.account.id}/capabilities` }
}

export function retrieveCapability(call: Call): Stripe.Capability {
  return capabilityView(accessibleAccount(call, pathId(call)), knownCapability(call))
}

export function updateCapability(call: Call<Stripe.AccountUpdateCapabilityParams>): Stripe.Capability {
  const { world, params } = call
  const record = accessibleAccount(call, pathId(call))
  const name = knownCapability(call)
  if (params.requested === undefined) return capabilityView(record, name)
  const change = requestCapabilities(world, record, { [name]: { requested: params.requested } })
  return capabilityView(changeAccount(world, record.account.id, change), name)
}

function knownCapability(call: Call): string {
  const name = pathId(call, 'capability')
  const record = accessibleAccount(call, pathId(call))
  const known = /_payments$|^transfers$|^legacy_payments$|^card_issuing$|^treasury$|^tax_reporting_/.test(
    name,
  )
  if (!known && capabilityStatus(record.account, name) === 'unrequested')
    throw noSuch('capability', name, 'capability')
  return name
}

/** Only Express accounts have login links. Other holders sign in at dashboard.stripe.com. */
export function createLoginLink(call: Call): Stripe.LoginLink {
  const { account } = accessibleAccount(call, pathId(call))
  if (account.controller?.stripe_dashboard?.type !== 'express') {
    throw invalidParameter(
      `Cannot create a login link for an account that does not have an Express Dashboard.`,
    )
  }
  return {
    object: 'login_link',
    created: call.world.clock.seconds(),
    url: `https://connect.stripe.com/express/${account.id}`,
  }
}

function platformAccount({ world }: Call): Stripe.Account {
  const { account: id, name, country, currency } = world.platform
  return {
    id,
    object: 'account',
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country,
    created: 0,
    default_currency: currency,
    details_submitted: true,
    email: null,
    metadata: {},
    payouts_enabled: true,
    settings: null,
    type: 'standard',
    company: { name },
  }
}
