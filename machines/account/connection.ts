/** When the account's connection to the platform cannot be believed, and when the account has come back. */
import type { ObservedEvent } from '../observation.ts'
import { observationTimes } from '../watermark.ts'
import type { AccountFacts, Connection } from './facts.ts'

/**
 * A disconnected account sends nothing. If anything of it is newer than the disconnection, it has come back and the event
 * that said so was lost; and when it is said to have come back, nobody has told of what it did meanwhile. Either way,
 * only asking Stripe tells.
 */
export function doubtConnection(facts: AccountFacts, event: ObservedEvent<AccountFacts>): AccountFacts {
  const { connection, ...others } = facts
  if (!connection) return facts
  const heard = [...(event.asked ? [] : [event.as_of]), ...observationTimes(others)]
  const isHeardOf =
    connection.value === 'disconnected' && heard.some(({ from }) => from > connection.as_of.to)
  if (!isHeardOf && !saysItIsBack(connection, event)) return facts
  return { ...facts, connection: { ...connection, suspect: true } }
}

export function isBack(
  before: AccountFacts,
  after: AccountFacts,
  event: ObservedEvent<AccountFacts>,
): boolean {
  if (!before.connection || !after.connection) return false
  const wasAway = before.connection.value === 'disconnected' && after.connection.value === 'connected'
  return wasAway || saysItIsBack(after.connection, event)
}

/** It was authorized, and nothing newer is known of its connection. */
function saysItIsBack(
  { as_of }: Connection,
  { observation, asked, as_of: at }: ObservedEvent<AccountFacts>,
): boolean {
  return !asked && observation.connection === 'connected' && at.to >= as_of.from
}
