/** Expects that a machine ends a history with Stripe's truth. */
import { expect } from 'vitest'
import type { MachineName } from '../lifecycles.ts'
import { suspects } from '../../../machines/watermark.ts'
import type { History } from './history.ts'
import { factsOf, truthOf } from './judge.ts'
import { ORACLES } from './oracle.ts'
import { ours } from './ours.ts'
import { play, type Played } from './play.ts'
import { CONNECTION, hasConnection, partsOf } from './shape.ts'

/** Plays the history to the machine; returns the final state. */
export function playTo(machine: MachineName, history: History) {
  const receiver = ours(machine)
  const form = { parts: partsOf(machine), connection: hasConnection(machine) }
  const played = play(form, history, receiver)
  return { played, live: receiver.live(), committed: receiver.history }
}

export function expectConverged(machine: MachineName, history: History): Played {
  const { played, live, committed } = playTo(machine, history)
  if (!live) return played
  const { facts, owes_refresh } = live.context
  const isSeen = played.truth.connected
  expect({
    connection: hasConnection(machine) ? (facts[CONNECTION] as { value: unknown })?.value : undefined,
    facts: isSeen ? factsOf(machine, facts) : undefined,
    states: pick(live.value, ORACLES[machine]?.(played.truth) ?? {}),
    suspect: isSeen ? suspects(facts) : undefined,
    owes_refresh,
  }).toEqual({
    connection: hasConnection(machine) ? (isSeen ? 'connected' : 'disconnected') : undefined,
    facts: isSeen ? truthOf(machine, played.truth) : undefined,
    states: ORACLES[machine]?.(played.truth) ?? {},
    suspect: isSeen ? [] : undefined,
    owes_refresh: false,
  })
  expect(committed, 'a history without a gap').toEqual(committed.map((_, index) => index + 1))
  return played
}

function pick(
  states: Record<string, string>,
  of: Record<string, string>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(of).map((region) => [region, states[region]]))
}
