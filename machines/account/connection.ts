/** When the connection of an account cannot be believed, and when the account has reconnected. */
import type { ObservedEvent } from '../observation.ts'
import { observationTimes } from '../watermark.ts'
import type { AccountFacts, Connection } from './facts.ts'

/**
 * A disconnected account sends no events. If a fact is newer than the disconnection, the account has reconnected and that
 * event was lost. If an event says that it reconnected, no event told of changes in between. Either way Stripe is asked.
 */
export function doubtConnection(facts: AccountFacts, event: ObservedEvent<AccountFacts>): AccountFacts {
  const { connection, ...others } = facts
  if (!connection) return facts
  const times = [...(event.asked ? [] : [event.as_of]), ...observationTimes(others)]
  const hasNewerFacts =
    connection.value === 'disconnected' && times.some(({ from }) => from > connection.as_of.to)
  if (!hasNewerFacts && !saysReconnected(connection, event)) return facts
  return { ...facts, connection: { ...connection, suspect: true } }
}

export function hasReconnected(
  before: AccountFacts,
  after: AccountFacts,
  event: ObservedEvent<AccountFacts>,
): boolean {
  if (!before.connection || !after.connection) return false
  const hasReturned = before.connection.value === 'disconnected' && after.connection.value === 'connected'
  return hasReturned || saysReconnected(after.connection, event)
}

/** An event says that it was authorized, and nothing newer is known of its connection. */
function saysReconnected(
  { as_of }: Connection,
  { observation, asked, as_of: at }: ObservedEvent<AccountFacts>,
): boolean {
  return !asked && observation.connection === 'connected' && at.to >= as_of.from
}
