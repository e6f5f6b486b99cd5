import type Stripe from 'stripe'
import { merge } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { GOOD_BANK_NUMBER, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { changeAccount, externalAccounts, getAccount } from './change.ts'
import { orEmpty, union } from './requirements.ts'
import { deadlineMissed, enabled } from './state-changes.ts'

/**
 * Fields of an account as a test states them. They are merged into the account, and nothing else changes. One exception:
 * past due requirements that are stated alone disable the account too, as they do at Stripe.
 */
export interface Facts {
  readonly account: Readonly<Record<string, unknown>>
  readonly externalAccounts: readonly ExternalAccountFact[] | undefined
  readonly disabledReason: string | null | undefined
  readonly atDeadline: AccountRecord['atDeadline'] | undefined
}

/** With an id, it changes or deletes that bank account. Without, it replaces the bank account of the currency. */
export interface ExternalAccountFact {
  readonly id?: string | undefined
  readonly account_number?: string | undefined
  readonly routing_number?: string | undefined
  readonly status?: string | undefined
  readonly deleted?: boolean | undefined
}

export function setFacts(world: World, id: string, facts: Facts): AccountRecord {
  const record = getAccount(world, id)
  const stated = {
    ...facts.account,
    ...(facts.disabledReason === undefined
      ? {}
      : { requirements: { ...hash(facts.account['requirements']), disabled_reason: facts.disabledReason } }),
  }
  const account = withConsequences(record, stated)
  const banks = facts.externalAccounts?.reduce<Banks>((sum, fact) => applyBank(world, record, sum, fact), {
    list: externalAccounts(record),
    numbers: record.bankNumbers,
  })
  return changeAccount(world, id, {
    requested: withRequested(world, record, account),
    ...(facts.atDeadline === undefined ? {} : { atDeadline: facts.atDeadline }),
    ...(banks === undefined ? {} : { bankNumbers: banks.numbers }),
    account: {
      ...account,
      ...(banks === undefined ? {} : { external_accounts: externalAccountList(id, banks.list) }),
    },
  })
}

/** A test that states one of these wants no other consequences. */
const CONSEQUENCES = ['charges_enabled', 'payouts_enabled', 'capabilities'] as const

/** Disables the account if requirements become past due, and enables it if none is due any more. */
function withConsequences(record: AccountRecord, stated: Facts['account']): Stripe.Account {
  const account = merge(record.account, stated)
  const { requirements } = account
  const statesConsequences =
    CONSEQUENCES.some((name) => name in stated) || 'disabled_reason' in hash(stated['requirements'])
  if (statesConsequences || !requirements) return account
  const { past_due, currently_due, eventually_due, disabled_reason } = requirements
  if (orEmpty(past_due).length > 0 && disabled_reason === null) {
    const due = union(currently_due, past_due)
    return {
      ...account,
      ...deadlineMissed(record).account,
      requirements: {
        ...requirements,
        currently_due: due,
        eventually_due: union(eventually_due, due),
        disabled_reason: 'requirements.past_due',
      },
    }
  }
  const wasPastDue = disabled_reason === 'requirements.past_due' && account.details_submitted
  if (!wasPastDue || union(past_due, currently_due).length > 0) return account
  return {
    ...account,
    ...enabled(record).account,
    requirements: { ...requirements, disabled_reason: null },
  }
}

interface Banks {
  readonly list: readonly Stripe.ExternalAccount[]
  readonly numbers: Readonly<Record<string, string>>
}

function applyBank(world: World, { account }: AccountRecord, banks: Banks, fact: ExternalAccountFact): Banks {
  const { id, account_number: number, routing_number: routing, status, deleted } = fact
  if (deleted === true) return { ...banks, list: banks.list.filter((one) => one.id !== id) }
  if (id !== undefined) {
    const list = banks.list.map((one) =>
      one.id === id ? { ...one, ...(status === undefined ? {} : { status }) } : one,
    )
    return { list, numbers: number === undefined ? banks.numbers : { ...banks.numbers, [id]: number } }
  }
  const bank = newBankAccount(world, account.id, {
    country: account.country ?? 'US',
    currency: account.default_currency ?? 'usd',
    account_number: number ?? GOOD_BANK_NUMBER,
    routing_number: routing ?? '110000000',
  })
  const added = status === undefined ? bank : { ...bank, status }
  const others = banks.list.filter((one) => one.currency !== bank.currency)
  return { list: [added, ...others], numbers: { ...banks.numbers, [bank.id]: number ?? GOOD_BANK_NUMBER } }
}

/** A capability with a status counts as requested. */
function withRequested(
  world: World,
  { requested }: AccountRecord,
  account: Stripe.Account,
): Readonly<Record<string, number>> {
  const names = Object.keys(account.capabilities ?? {}).filter((name) => requested[name] === undefined)
  if (names.length === 0) return requested
  return { ...requested, ...Object.fromEntries(names.map((name) => [name, world.clock.seconds()])) }
}

function hash(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
