import type { World } from '../core/world.ts'
import { externalAccountList, newBankAccount } from './bank-accounts.ts'
import { newAccountRecord } from './create.ts'
import type { AccountPatch } from './change.ts'
import type { AccountRecord } from './record.ts'
import { disabled, enabled, requirementsDue, verificationFailed } from './standing.ts'

export const STATES = ['new', 'enabled', 'restricted_soon', 'restricted', 'in_review', 'rejected'] as const
export type State = (typeof STATES)[number]

export interface BulkWish {
  readonly state: State
  readonly country: string
  readonly metadata: Readonly<Record<string, string>>
}

/** An account that is simply there, in that state, without a history of events. For filling a platform. */
export function createInState(world: World, { state, country, metadata }: BulkWish): string {
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

const A_FORTNIGHT_S = 14 * 86_400

function inState(world: World, fresh: AccountRecord, state: Exclude<State, 'new'>): AccountRecord {
  const onboarded = withBank(world, apply(fresh, share(enabled(fresh))))
  switch (state) {
    case 'enabled':
      return onboarded
    case 'restricted_soon': {
      const deadline = world.clock.seconds() + A_FORTNIGHT_S
      world.agenda.add(deadline * 1000, { kind: 'account.requirements_deadline', id: fresh.account.id })
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

/** A hundred thousand accounts with the same capabilities hold one object, not a hundred thousand. */
const ACTIVE = { card_payments: 'active', transfers: 'active' } as const

function share(patch: AccountPatch): AccountPatch {
  return { ...patch, account: { ...patch.account, capabilities: ACTIVE } }
}

function withBank(world: World, record: AccountRecord): AccountRecord {
  const { account } = record
  const bank = newBankAccount(world, account.id, {
    country: account.country ?? 'US',
    currency: account.default_currency ?? 'usd',
    account_number: '000123456789',
    routing_number: '110000000',
  })
  return {
    ...record,
    linkedAt: account.created ?? null,
    bankNumbers: { [bank.id]: '000123456789' },
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
