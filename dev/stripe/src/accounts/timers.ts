import type { World } from '../core/world.ts'
import { changeAccount } from './change.ts'
import { emitPerson } from './persons.ts'
import { orEmpty } from './requirements.ts'
import { deadlineMissed, enabled, futureBecomesCurrent, verificationFailed } from './state-changes.ts'

/** Runs at a requirements deadline. It does nothing if the deadline has moved or nothing is due. */
export function requirementsDeadline(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  const requirements = record?.account.requirements
  if (record === undefined || requirements === undefined || !hasPassed(world, requirements.current_deadline))
    return
  const pastDue = orEmpty(requirements.past_due)
  if (orEmpty(requirements.currently_due).every((item) => pastDue.includes(item))) return
  changeAccount(world, id, deadlineMissed(record))
}

export function futureRequirementsDeadline(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || !hasPassed(world, record.account.future_requirements?.current_deadline)) return
  changeAccount(world, id, futureBecomesCurrent(record))
}

export function finishVerification(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record?.verification == null || record.verification.dueMs > world.clock.nowMs()) return
  const applyResult = record.verification.outcome === 'verified' ? enabled : verificationFailed
  emitPerson(world, changeAccount(world, id, applyResult(record)), 'person.updated')
}

function hasPassed({ clock }: World, deadline: number | null | undefined): boolean {
  return deadline != null && deadline <= clock.seconds()
}
