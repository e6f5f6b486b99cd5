import type Stripe from 'stripe'
import { previousAttributes, same } from '../core/diff.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { balanceSettings } from '../payouts/settings-view.ts'
import { capabilityView, statuses } from './capabilities.ts'
import type { AccountRecord } from './record.ts'
import { accountView } from './view.ts'

export type AccountPatch = Partial<Omit<AccountRecord, 'account'>> & {
  readonly account?: Partial<Stripe.Account>
}

/** Replaces what is named and sends exactly the events that Stripe sends for the difference. */
export function changeAccount(world: World, id: string, patch: AccountPatch): AccountRecord {
  const before = getAccount(world, id)
  const after = { ...before, ...patch, account: { ...before.account, ...patch.account } }
  world.tables.accounts.replace(id, after)
  book(world, before, after)
  if (before.connected && after.connected) announce(world, before, after)
  return after
}

export function getAccount(world: World, id: string): AccountRecord {
  const record = world.tables.accounts.get(id)
  if (record === undefined) throw new Error(`no account ${id}`)
  return record
}

function announce(world: World, before: AccountRecord, after: AccountRecord): void {
  const owner = after.account.id
  announceExternalAccounts(world, before, after)
  for (const name of Object.keys({ ...statuses(before.account), ...statuses(after.account) })) {
    const [was, is] = [capabilityView(before, name), capabilityView(after, name)]
    const previous = previousAttributes(was, is)
    if (previous !== undefined) emit(world, { type: 'capability.updated', owner, object: is, previous })
  }
  const view = accountView(world, after)
  const previous = previousAttributes(accountView(world, before), view)
  if (previous !== undefined) emit(world, { type: 'account.updated', owner, object: view, previous })
  const settings = balanceSettings(after)
  const previousSettings = previousAttributes(balanceSettings(before), settings)
  if (previousSettings !== undefined) {
    emit(world, { type: 'balance_settings.updated', owner, object: settings, previous: previousSettings })
  }
}

/** Sent only for accounts whose external accounts the platform may see at all. */
function announceExternalAccounts(world: World, before: AccountRecord, after: AccountRecord): void {
  const { external_accounts: visible, external_account_events: sent } = world.switches
  if (!after.controlled || !sent || visible === 'absent') return
  const owner = after.account.id
  const [was, is] = [externalAccounts(before), externalAccounts(after)]
  for (const object of is) {
    const old = was.find(({ id }) => id === object.id)
    if (old === undefined) emit(world, { type: 'account.external_account.created', owner, object })
    else if (!same(old, object)) {
      const previous = previousAttributes(old, object)
      emit(world, { type: 'account.external_account.updated', owner, object, previous })
    }
  }
  for (const object of was) {
    if (is.some(({ id }) => id === object.id)) continue
    emit(world, { type: 'account.external_account.deleted', owner, object })
  }
}

export function externalAccounts({ account }: AccountRecord): readonly Stripe.ExternalAccount[] {
  return account.external_accounts?.data ?? []
}

/** Books the moments at which a change has consequences of its own. */
function book({ agenda, clock }: World, before: AccountRecord, after: AccountRecord): void {
  const { id, requirements, future_requirements: future, payouts_enabled: payouts } = after.account
  const deadline = requirements?.current_deadline ?? null
  if (deadline !== null && deadline !== before.account.requirements?.current_deadline) {
    agenda.add(deadline * 1000, { kind: 'account.requirements_deadline', id })
  }
  const futureDeadline = future?.current_deadline ?? null
  if (futureDeadline !== null && futureDeadline !== before.account.future_requirements?.current_deadline) {
    agenda.add(futureDeadline * 1000, { kind: 'account.future_requirements_deadline', id })
  }
  if (after.verification !== null && after.verification !== before.verification) {
    agenda.add(after.verification.dueMs, { kind: 'account.verification', id })
  }
  // A bank account that works again, or payouts that are on again: whatever waited is paid out.
  const payable =
    payouts && (!before.account.payouts_enabled || before.account.settings !== after.account.settings)
  if (payable || externalAccounts(before) !== externalAccounts(after)) {
    agenda.add(clock.nowMs(), { kind: 'funds.changed', id })
  }
}
