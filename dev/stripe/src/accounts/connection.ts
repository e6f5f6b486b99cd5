import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { getAccount } from './change.ts'

/**
 * Ends the platform's access. The event's object is the application, not the account. Stripe then refuses every call for
 * the account and sends no more events about it.
 */
export function deauthorize(world: World, id: string): AccountRecord {
  const record = getAccount(world, id)
  if (!record.connected) return record
  emit(world, { type: 'account.application.deauthorized', owner: id, object: application(world) })
  return world.tables.accounts.replace(id, { ...record, connected: false, controlled: false })
}

/** Connects an account again. `controlled` says whether the platform controls it again. */
export function authorize(world: World, id: string, controlled: boolean): AccountRecord {
  const record = getAccount(world, id)
  if (record.connected) return record
  const connected = world.tables.accounts.replace(id, { ...record, connected: true, controlled })
  emit(world, { type: 'account.application.authorized', owner: id, object: application(world) })
  return connected
}

function application({ platform }: World) {
  return { id: platform.application, object: 'application', name: platform.name }
}
