import type Stripe from 'stripe'
import { merge } from '../core/merge.ts'
import type { World } from '../core/world.ts'
import { externalAccountList, newBankAccount } from './bank-accounts.ts'
import { changeAccount, externalAccounts, getAccount } from './change.ts'
import type { AccountRecord } from './record.ts'
import { listed, union } from './requirements.ts'
import { deadlineMissed, enabled } from './standing.ts'

/**
 * Facts as a test states them, merged into the account. Nothing else is moved along but this: lists of requirements
 * stated without what follows from them bring it with them, since at Stripe nothing is past due and works on unchanged.
 */
export interface Facts {
  readonly account: Readonly<Record<string, unknown>>
  readonly externalAccounts: readonly ExternalAccountFact[] | undefined
  readonly disabledReason: string | null | undefined
  readonly atDeadline: AccountRecord['atDeadline'] | undefined
}

/** With an id, an existing one is changed or removed; without, a bank account is added in place of the others. */
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
  const account = concluded(record, stated)
  const banks = facts.externalAccounts?.reduce<Banks>((sum, fact) => applyBank(world, record, sum, fact), {
    list: externalAccounts(record),
    numbers: record.bankNumbers,
  })
  return changeAccount(world, id, {
    requested: requestedToo(world, record, account),
    ...(facts.atDeadline === undefined ? {} : { atDeadline: facts.atDeadline }),
    ...(banks === undefined ? {} : { bankNumbers: banks.numbers }),
    account: {
      ...account,
      ...(banks === undefined ? {} : { external_accounts: externalAccountList(id, banks.list) }),
    },
  })
}

const CONCLUSIONS = ['charges_enabled', 'payouts_enabled', 'capabilities'] as const

/** What Stripe concludes when something becomes past due or nothing is due any more, unless a conclusion was stated. */
function concluded(record: AccountRecord, stated: Facts['account']): Stripe.Account {
  const account = merge(record.account, stated)
  const { requirements } = account
  const isConcluded =
    CONCLUSIONS.some((name) => name in stated) || 'disabled_reason' in hash(stated['requirements'])
  if (isConcluded || !requirements) return account
  const { past_due, currently_due, eventually_due, disabled_reason } = requirements
  if (listed(past_due).length > 0 && disabled_reason === null) {
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
  const isMended = disabled_reason === 'requirements.past_due' && account.details_submitted
  if (!isMended || union(past_due, currently_due).length > 0) return account
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
    account_number: number ?? '000123456789',
    routing_number: routing ?? '110000000',
  })
  const made = status === undefined ? bank : { ...bank, status }
  const others = banks.list.filter((one) => one.currency !== bank.currency)
  return { list: [made, ...others], numbers: { ...banks.numbers, [bank.id]: number ?? '000123456789' } }
}

/** A capability with a status was requested at some time. */
function requestedToo(
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
