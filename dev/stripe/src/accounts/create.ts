import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { invalidParameter } from '../core/errors.ts'
import { merge, mergeMetadata } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { bankDetails, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { capabilityView } from './capabilities.ts'
import { resolveController } from './controller.ts'
import { country } from './countries.ts'
import { newCompany, newIndividual } from './identity.ts'
import { checkSchedule } from './payout-settings.ts'
import { NO_REQUIREMENTS, initialRequirements } from './requirements.ts'
import { EMPTY_PROFILE, newSettings } from './settings.ts'
import { accountView } from './view.ts'

/** `POST /v1/accounts` (https://docs.stripe.com/api/accounts/create). */
export function createAccount({ world, params }: Call<Stripe.AccountCreateParams>): Stripe.Account {
  const record = newAccountRecord(world, params)
  const { account } = record
  world.tables.accounts.insert(world.platform.account, account.id, record)
  for (const name of Object.keys(record.requested)) {
    emit(world, { type: 'capability.updated', owner: account.id, object: capabilityView(record, name) })
  }
  const view = accountView(world, record)
  if (world.switches.account_updated_on_create) {
    emit(world, { type: 'account.updated', owner: account.id, object: view, previous: {} })
  }
  return view
}

export function newAccountRecord(world: World, params: Stripe.AccountCreateParams): AccountRecord {
  const { type, controller } = resolveController(world, params)
  const requested = requestedAtCreation(world, params)
  const anyRequested = Object.keys(requested).length > 0
  const countryCode = params.country ?? world.platform.country
  const facts = country(countryCode)
  if (facts === undefined) {
    const message = `${countryCode} is not currently supported by Stripe.`
    throw invalidParameter(message, { code: 'country_unsupported', param: 'country' })
  }
  if (controller.stripe_dashboard?.type === 'none' && !anyRequested) {
    throw invalidParameter(
      'You must request at least one capability for accounts without a Stripe Dashboard.',
      {
        code: 'parameter_missing',
        param: 'capabilities',
      },
    )
  }
  checkSchedule(params.settings?.payouts?.schedule, undefined, 'settings[payouts][schedule]')
  const id = newId(world, 'acct', 16)
  const bank = externalAccountAtCreation(world, id, params.external_account, countryCode, facts.currency)
  const account: Stripe.Account = {
    id,
    object: 'account',
    business_profile:
      params.business_profile === undefined ? EMPTY_PROFILE : merge(EMPTY_PROFILE, params.business_profile),
    business_type: params.business_type ?? null,
    capabilities: anyRequested
      ? Object.fromEntries(Object.keys(requested).map((name) => [name, 'inactive']))
      : {},
    charges_enabled: false,
    ...(params.company === undefined ? {} : { company: newCompany(params.company) }),
    controller,
    country: countryCode,
    created: world.clock.seconds(),
    default_currency: params.default_currency ?? facts.currency,
    details_submitted: false,
    email: params.email ?? null,
    external_accounts: externalAccountList(id, bank === undefined ? [] : [bank.account]),
    future_requirements: NO_REQUIREMENTS,
    ...(params.individual === undefined ? {} : { individual: newIndividual(world, id, params.individual) }),
    metadata: mergeMetadata({}, params.metadata),
    payouts_enabled: false,
    requirements: NO_REQUIREMENTS,
    settings: newSettings(
      { delayDays: facts.delayDays, collection: controller.requirement_collection },
      params.settings,
    ),
    tos_acceptance: { date: params.tos_acceptance?.date ?? null },
    type,
  }
  // The holder of a full-dashboard account chooses the country, and Stripe requests the capabilities that fit it.
  const stripeRequests = controller.stripe_dashboard?.type === 'full'
  return {
    account: { ...account, requirements: initialRequirements(account, anyRequested || stripeRequests) },
    connected: true,
    controlled: true,
    linkedAt: null,
    countryFixed: params.country !== undefined || anyRequested,
    requested,
    bankNumbers: bank === undefined ? {} : { [bank.account.id]: bank.number },
    verification: null,
    atDeadline: { charges: false, payouts: false },
    balanceSettings: { minimum_balance_by_currency: null },
    nextPayoutMs: null,
  }
}

function requestedAtCreation(
  world: World,
  { capabilities }: Stripe.AccountCreateParams,
): Record<string, number> {
  const names = Object.entries(capabilities ?? {})
    .filter(([, param]) => param?.requested === true)
    .map(([name]) => name)
  if (names.includes('card_payments') && !names.includes('transfers')) {
    throw invalidParameter(
      'The card_payments capability requires the transfers capability to be requested as well.',
      {
        param: 'capabilities',
      },
    )
  }
  return Object.fromEntries(names.map((name) => [name, world.clock.seconds()]))
}

function externalAccountAtCreation(
  world: World,
  id: string,
  param: Stripe.AccountCreateParams['external_account'],
  countryCode: string,
  currency: string,
): { account: Stripe.BankAccount; number: string } | undefined {
  if (param === undefined) return undefined
  const details = bankDetails(param, { country: countryCode, default_currency: currency })
  return { account: newBankAccount(world, id, details), number: details.account_number }
}
