import type Stripe from 'stripe'
import { isEqual, previousAttributes } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { capabilityView, statuses } from './capabilities.ts'
import { balanceSettings } from './payout-settings.ts'
import { accountView } from './view.ts'

export type AccountPatch = Partial<Omit<AccountRecord, 'account'>> & {
  readonly account?: Partial<Stripe.Account>
}

/** Changes an account and emits the events that Stripe sends for the difference. */
export function changeAccount(world: World, id: string, patch: AccountPatch): AccountRecord {
  const before = getAccount(world, id)
  const after = { ...before, ...patch, account: { ...before.account, ...patch.account } }
  world.tables.accounts.replace(id, after)
  scheduleTasks(world, before, after)
  if (before.connected && after.connected) emitChanges(world, before, after)
  return after
}

export function getAccount(world: World, id: string): AccountRecord {
  const record = world.tables.accounts.get(id)
  if (record === undefined) throw new Error(`There is no account ${id}.`)
  return record
}

function emitChanges(world: World, before: AccountRecord, after: AccountRecord): void {
  const owner = after.account.id
  emitExternalAccountChanges(world, before, after)
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

/** These events are sent only if the platform can see the account's external accounts. */
function emitExternalAccountChanges(world: World, before: AccountRecord, after: AccountRecord): void {
  const { external_accounts: visible, external_account_events: sent } = world.switches
  if (!after.controlled || !sent || visible === 'absent') return
  const owner = after.account.id
  const [was, is] = [externalAccounts(before), externalAccounts(after)]
  for (const object of is) {
    const old = was.find(({ id }) => id === object.id)
    if (old === undefined) emit(world, { type: 'account.external_account.created', owner, object })
    else if (!isEqual(old, object)) {
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

/** Schedules the tasks that follow from a change. */
function scheduleTasks({ taskQueue, clock }: World, before: AccountRecord, after: AccountRecord): void {
  const { id, requirements, future_requirements: future, payouts_enabled: payouts } = after.account
  const deadline = requirements?.current_deadline ?? null
  if (deadline !== null && deadline !== before.account.requirements?.current_deadline) {
    taskQueue.add(deadline * 1000, { kind: 'account.requirements_deadline', id })
  }
  const futureDeadline = future?.current_deadline ?? null
  if (futureDeadline !== null && futureDeadline !== before.account.future_requirements?.current_deadline) {
    taskQueue.add(futureDeadline * 1000, { kind: 'account.future_requirements_deadline', id })
  }
  if (after.verification !== null && after.verification !== before.verification) {
    taskQueue.add(after.verification.dueMs, { kind: 'account.verification', id })
  }
  // Waiting funds are paid out when payouts are enabled again or the bank account changes.
  const payable =
    payouts && (!before.account.payouts_enabled || before.account.settings !== after.account.settings)
  if (payable || externalAccounts(before) !== externalAccounts(after)) {
    taskQueue.add(clock.nowMs(), { kind: 'funds.changed', id })
  }
}
