import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { GOOD_BANK_NUMBER, externalAccountList, newBankAccount } from './bank-accounts.ts'
import type { AccountPatch } from './change.ts'
import { newAccountRecord } from './create.ts'
import { disabled, enabled, requirementsDue, verificationFailed } from './state-changes.ts'

export const ACCOUNT_STATES = [
  'new',
  'enabled',
  'restricted_soon',
  'restricted',
  'in_review',
  'rejected',
] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

export interface BulkAccount {
  readonly state: AccountState
  readonly country: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Creates an account in that state and emits no events. Tests use it to create many accounts. */
export function createInState(world: World, { state, country, metadata }: BulkAccount): string {
  const requested = { card_payments: { requested: true }, transfers: { requested: true } }
  const fresh = newAccountRecord(world, { country, metadata: { ...metadata }, capabilities: requested })
  const { id } = fresh.account
  world.tables.accounts.insert(
    world.platform.account,
    id,
    state === 'new' ? fresh : inState(world, fresh, state),
  )
  return id
}

const TWO_WEEKS_S = 14 * 86_400

function inState(world: World, fresh: AccountRecord, state: Exclude<AccountState, 'new'>): AccountRecord {
  const onboarded = withBank(world, apply(fresh, withSharedCapabilities(enabled(fresh))))
  switch (state) {
    case 'enabled':
      return onboarded
    case 'restricted_soon': {
      const deadline = world.clock.seconds() + TWO_WEEKS_S
      world.taskQueue.add(deadline * 1000, { kind: 'account.requirements_deadline', id: fresh.account.id })
      return apply(
        onboarded,
        requirementsDue(onboarded, { fields: ['individual.verification.document'], deadline }),
      )
    }
    case 'restricted':
      return apply(onboarded, verificationFailed(onboarded))
    case 'in_review':
      return apply(onboarded, disabled(onboarded, 'under_review'))
    case 'rejected':
      return apply(onboarded, disabled(onboarded, 'rejected.other'))
  }
}

/** All bulk accounts share this object, which saves memory. */
const ACTIVE = { card_payments: 'active', transfers: 'active' } as const

function withSharedCapabilities(patch: AccountPatch): AccountPatch {
  return { ...patch, account: { ...patch.account, capabilities: ACTIVE } }
}

function withBank(world: World, record: AccountRecord): AccountRecord {
  const { account } = record
  const bank = newBankAccount(world, account.id, {
    country: account.country ?? 'US',
    currency: account.default_currency ?? 'usd',
    account_number: GOOD_BANK_NUMBER,
    routing_number: '110000000',
  })
  return {
    ...record,
    linkedAt: account.created ?? null,
    bankNumbers: { [bank.id]: GOOD_BANK_NUMBER },
    account: {
      ...account,
      business_type: 'individual',
      external_accounts: externalAccountList(account.id, [bank]),
    },
  }
}

function apply(record: AccountRecord, patch: AccountPatch): AccountRecord {
  return { ...record, ...patch, account: { ...record.account, ...patch.account } }
}
