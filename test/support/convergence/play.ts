/**
 * Plays a history to a receiver, instant by instant: Stripe's truth changes, events are late, doubled or lost, and a
 * look reads the truth at one instant, is dated at a later one and taken in later still, while other things go on.
 */
import { spanOf } from '../../../src/stripe/gateway.ts'
import type { AsOf } from '../../../machines/watermark.ts'
import type { Delivery, History, Timing } from './history.ts'
import { isFinal, type Part } from './shape.ts'
import {
  memberId,
  membersOf,
  seenMember,
  seenPart,
  seenWhole,
  startOf,
  type Sight,
  type Truth,
} from './truth.ts'
import { NewestEvents, untrueEvent } from './untrue.ts'

export interface Heard {
  id: string
  as_of: AsOf
  observation: Sight
}

export interface Answered<Question> {
  question: Question
  at: number
  as_of: AsOf
  observation: Sight
}

/** Whoever hears of Stripe. `wants` of an answer or an event: to look at Stripe, in so many ms. */
export interface Receiver<Question> {
  hear(event: Heard, at: number): number[]
  /** What must be remembered from when the question is put; null: it was owed, and need not be put any more. */
  ask(isOwed: boolean): Question | null
  take(answer: Answered<Question>): number[]
}

/** What happened in a history, to be certain that all of it does happen. */
export const KINDS = [
  'copy',
  'sibling',
  'lost',
  'out of order',
  'same second',
  'overtaken look',
  'late look',
  'left',
  'returned',
  'final value taken back',
  'final value denied by a newer event',
] as const
export type Kind = (typeof KINDS)[number]

export interface Played {
  truth: Truth
  fetches: number
  events: number
  kinds: Map<Kind, number>
}

interface Due {
  at: number
  order: number
  act: () => void
}

/** A receiver that never has enough is caught here. */
const MOST_LOOKS = 400
const QUIET_MS = 10_000

export function play<Question>(
  { parts, connection }: { parts: readonly Part[]; connection: boolean },
  history: History,
  receiver: Receiver<Question>,
): Played {
  const truth = startOf(parts, history.values)
  const kinds = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]))
  const queue: Due[] = []
  const lost: Heard[] = []
  const newest = new NewestEvents()
  const state = {
    now: history.offset,
    order: 0,
    fetches: 0,
    events: 0,
    turn: 0,
    heard: 0,
    newestHeard: -1,
    lastCreated: -1,
  }

  const count = (kind: Kind) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const later = (at: number, act: () => void) => {
    state.order += 1
    queue.push({ at, order: state.order, act })
  }
  const runUntil = (end: number) => {
    for (;;) {
      queue.sort((a, b) => a.at - b.at || a.order - b.order)
      const next = queue[0]
      if (!next || next.at > end) break
      queue.shift()
      state.now = next.at
      next.act()
    }
    if (end !== Infinity) state.now = end
  }

  function want(delays: readonly number[]): void {
    for (const delay of delays) later(state.now + delay, () => look(nextTiming(), true))
  }

  function nextTiming(): Timing {
    state.turn += 1
    const timing = history.timings[state.turn % history.timings.length]
    if (!timing) throw new Error('a history without timings')
    return timing
  }

  function look(timing: Timing, isOwed = false): void {
    const question = receiver.ask(isOwed)
    if (question === null) return
    state.fetches += 1
    if (state.fetches > MOST_LOOKS) throw new Error('the fetches never end')
    const askedAt = state.now
    const heardBefore = state.heard
    const readAt = askedAt + timing.think
    const datedAt = readAt + timing.date
    later(readAt, () => {
      const observation = seenWhole(truth, parts, connection)
      const read = JSON.stringify(observation)
      const hereAt = datedAt + timing.back
      later(hereAt + timing.apply, () => {
        if (state.heard > heardBefore) count('overtaken look')
        if (JSON.stringify(seenWhole(truth, parts, connection)) !== read) count('late look')
        const as_of = spanOf({ date: new Date(datedAt).toUTCString() }, hereAt - askedAt)
        want(receiver.take({ question, at: askedAt, as_of, observation }))
      })
    })
  }

  function emit(observation: Sight, delivery: Delivery): void {
    const created = Math.floor(state.now / 1000)
    if (created === state.lastCreated) count('same second')
    state.lastCreated = created
    newest.note(observation, created)
    send(observation, delivery, created)
  }

  function send(observation: Sight, delivery: Delivery, created: number): void {
    deliver(observation, delivery, created)
    if (delivery.sibling !== null) {
      count('sibling')
      deliver(observation, { ...delivery, delay: delivery.sibling, copies: [] }, created)
    }
  }

  function deliver(observation: Sight, { delay, copies, isLost }: Delivery, created: number): void {
    state.events += 1
    const event = { id: `evt_${state.events}`, as_of: { from: created, to: created }, observation }
    if (isLost) {
      count('lost')
      lost.push(event)
      return
    }
    for (const [index, wait] of [delay, ...copies].entries()) {
      if (index > 0) count('copy')
      later(state.now + wait, () => hear(event))
    }
  }

  function hear(event: Heard): void {
    if (event.as_of.from < state.newestHeard) count('out of order')
    state.newestHeard = Math.max(state.newestHeard, event.as_of.from)
    state.heard += 1
    want(receiver.hear(event, state.now))
  }

  if (history.isMade) look({ think: 1, date: 0, back: 1, apply: 0 })
  for (const step of history.steps) {
    runUntil(state.now + step.after)
    switch (step.type) {
      case 'look':
        look(step.timing)
        break
      case 'leave':
        if (!truth.connected) break
        truth.connected = false
        count('left')
        emit({ connection: 'disconnected' }, step.delivery)
        break
      case 'return':
        if (truth.connected) break
        truth.connected = true
        count('returned')
        emit({ connection: 'connected' }, step.delivery)
        break
      case 'untrue': {
        const part = partOf(parts, step)
        const values = history.values[step.part] ?? []
        const event = untrueEvent({ truth, part, values }, step, { now: state.now, newest })
        if (event === null) break
        count(event.kind)
        send(event.observation, step.delivery, event.created)
        break
      }
      case 'change': {
        const observation = change(truth, parts, history, step)
        // Nothing is heard of an account that the platform may not see.
        if (truth.connected) emit(observation, step.delivery)
      }
    }
  }
  runUntil(Infinity)
  state.now += QUIET_MS
  if (history.mended === 'read back') for (const event of lost) later(state.now, () => hear(event))
  else if (lost.length > 0) look(nextTiming())
  runUntil(Infinity)
  return { truth, fetches: state.fetches, events: state.events, kinds }
}

/** Makes the change true, and returns what its event shows: the part that changed, and whatever else it carries. */
function change(
  truth: Truth,
  parts: readonly Part[],
  history: History,
  step: Extract<History['steps'][number], { type: 'change' }>,
): Sight {
  const part = partOf(parts, step)
  const id = memberId(part, step.member)
  const current = part.isMany ? membersOf(truth, part.name).get(id) : truth.parts.get(part.name)
  // Stripe itself never leaves a final value.
  if (!isFinal(part, current)) {
    if (!part.isMany) truth.parts.set(part.name, history.values[step.part]?.[step.value ?? 0])
    else if (step.value === null) membersOf(truth, part.name).delete(id)
    else membersOf(truth, part.name).set(id, history.values[step.part]?.[step.value])
  }
  const also = parts.filter((other, index) => other !== part && (step.also >> index) % 2 === 1)
  return {
    ...Object.fromEntries(also.map((other) => [other.name, seenPart(truth, other)])),
    [part.name]: part.isMany && !step.whole ? seenMember(truth, part, id) : seenPart(truth, part),
  }
}

function partOf(parts: readonly Part[], step: { part: number }): Part {
  const part = parts[step.part]
  if (!part) throw new Error('a step of no part')
  return part
}
