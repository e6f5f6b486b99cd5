import type { World } from '../core/world.ts'
import { changeAccount } from './change.ts'
import { announcePerson } from './persons.ts'
import { listed } from './requirements.ts'
import { deadlineMissed, enabled, futureBecomesCurrent, verificationFailed } from './standing.ts'

/** A requirements deadline came; if it was moved or met meanwhile, nothing happens. */
export function requirementsDeadline(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  const requirements = record?.account.requirements
  if (record === undefined || requirements === undefined || !reached(world, requirements.current_deadline))
    return
  const late = listed(requirements.past_due)
  if (listed(requirements.currently_due).every((item) => late.includes(item))) return
  changeAccount(world, id, deadlineMissed(record))
}

export function futureRequirementsDeadline(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || !reached(world, record.account.future_requirements?.current_deadline)) return
  changeAccount(world, id, futureBecomesCurrent(record))
}

export function verificationEnds(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record?.verification == null || record.verification.dueMs > world.clock.nowMs()) return
  const conclude = record.verification.outcome === 'verified' ? enabled : verificationFailed
  announcePerson(world, changeAccount(world, id, conclude(record)), 'person.updated')
}

function reached({ clock }: World, deadline: number | null | undefined): boolean {
  return deadline != null && deadline <= clock.seconds()
}
