import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { getAccount } from './change.ts'
import type { AccountRecord } from './record.ts'

/**
 * The platform's access ends. The event's object is the application, not the account; afterwards every call for the
 * account is refused and nothing more is heard of it.
 */
export function deauthorize(world: World, id: string): AccountRecord {
  const record = getAccount(world, id)
  if (!record.connected) return record
  emit(world, { type: 'account.application.deauthorized', owner: id, object: application(world) })
  return world.tables.accounts.replace(id, { ...record, connected: false, controlled: false })
}

/** Connected again. Platform controls do not come back unless Stripe is made to give them. */
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
