/**
 * Plays a history to a receiver, instant by instant: Stripe's truth changes, events are late, duplicated or lost, and a
 * fetch reads the truth at one instant, is dated at a later one and applied later still, while other events arrive.
 */
import { spanOf } from '../../../src/stripe/gateway.ts'
import type { AsOf } from '../../../machines/watermark.ts'
import type { Delivery, History, Timing } from './history.ts'
import { isFinal, type Part } from './shape.ts'
import {
  memberId,
  membersOf,
  showMember,
  showPart,
  showWhole,
  startOf,
  type Shown,
  type Truth,
} from './truth.ts'
import { NewestEvents, untrueEvent } from './untrue.ts'

export interface DeliveredEvent {
  id: string
  as_of: AsOf
  observation: Shown
}

export interface FetchAnswer<Question> {
  question: Question
  at: number
  as_of: AsOf
  observation: Shown
}

/** The receiver of events and answers. It returns the delays, in ms, of the fetches it then owes. */
export interface Receiver<Question> {
  onEvent(event: DeliveredEvent, at: number): number[]
  /** What must be kept from the start of the fetch; null: it was owed, and is not needed any more. */
  onFetchStart(isOwed: boolean): Question | null
  onAnswer(answer: FetchAnswer<Question>): number[]
}

/** Kinds of incidents. A test checks that each of them occurs. */
export const KINDS = [
  'copy',
  'sibling',
  'lost',
  'out of order',
  'same second',
  'overtaken fetch',
  'outdated fetch',
  'disconnected',
  'reconnected',
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

/** Stops a receiver that fetches without end. */
const MOST_FETCHES = 400
const QUIET_MS = 10_000

export function play<Question>(
  { parts, connection }: { parts: readonly Part[]; connection: boolean },
  history: History,
  receiver: Receiver<Question>,
): Played {
  const truth = startOf(parts, history.values)
  const kinds = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]))
  const queue: Due[] = []
  const lost: DeliveredEvent[] = []
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
    for (const delay of delays) later(state.now + delay, () => fetchAt(nextTiming(), true))
  }

  function nextTiming(): Timing {
    state.turn += 1
    const timing = history.timings[state.turn % history.timings.length]
    if (!timing) throw new Error('a history without timings')
    return timing
  }

  function fetchAt(timing: Timing, isOwed = false): void {
    const question = receiver.onFetchStart(isOwed)
    if (question === null) return
    state.fetches += 1
    if (state.fetches > MOST_FETCHES) throw new Error('the fetches never end')
    const askedAt = state.now
    const heardBefore = state.heard
    const readAt = askedAt + timing.think
    const datedAt = readAt + timing.date
    later(readAt, () => {
      const observation = showWhole(truth, parts, connection)
      const read = JSON.stringify(observation)
      const hereAt = datedAt + timing.back
      later(hereAt + timing.apply, () => {
        if (state.heard > heardBefore) count('overtaken fetch')
        if (JSON.stringify(showWhole(truth, parts, connection)) !== read) count('outdated fetch')
        const as_of = spanOf({ date: new Date(datedAt).toUTCString() }, hereAt - askedAt)
        want(receiver.onAnswer({ question, at: askedAt, as_of, observation }))
      })
    })
  }

  function emit(observation: Shown, delivery: Delivery): void {
    const created = Math.floor(state.now / 1000)
    if (created === state.lastCreated) count('same second')
    state.lastCreated = created
    newest.note(observation, created)
    send(observation, delivery, created)
  }

  function send(observation: Shown, delivery: Delivery, created: number): void {
    deliver(observation, delivery, created)
    if (delivery.sibling !== null) {
      count('sibling')
      deliver(observation, { ...delivery, delay: delivery.sibling, copies: [] }, created)
    }
  }

  function deliver(observation: Shown, { delay, copies, isLost }: Delivery, created: number): void {
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

  function hear(event: DeliveredEvent): void {
    if (event.as_of.from < state.newestHeard) count('out of order')
    state.newestHeard = Math.max(state.newestHeard, event.as_of.from)
    state.heard += 1
    want(receiver.onEvent(event, state.now))
  }

  if (history.isMade) fetchAt({ think: 1, date: 0, back: 1, apply: 0 })
  for (const step of history.steps) {
    runUntil(state.now + step.after)
    switch (step.type) {
      case 'fetch':
        fetchAt(step.timing)
        break
      case 'disconnect':
        if (!truth.connected) break
        truth.connected = false
        count('disconnected')
        emit({ connection: 'disconnected' }, step.delivery)
        break
      case 'connect':
        if (truth.connected) break
        truth.connected = true
        count('reconnected')
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
        // A disconnected account sends no events.
        if (truth.connected) emit(observation, step.delivery)
      }
    }
  }
  runUntil(Infinity)
  state.now += QUIET_MS
  if (history.mended === 'read back') for (const event of lost) later(state.now, () => hear(event))
  else if (lost.length > 0) fetchAt(nextTiming())
  runUntil(Infinity)
  return { truth, fetches: state.fetches, events: state.events, kinds }
}

/** Makes the change true, and returns what its event shows: the changed part, and other parts it carries. */
function change(
  truth: Truth,
  parts: readonly Part[],
  history: History,
  step: Extract<History['steps'][number], { type: 'change' }>,
): Shown {
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
    ...Object.fromEntries(also.map((other) => [other.name, showPart(truth, other)])),
    [part.name]: part.isMany && !step.whole ? showMember(truth, part, id) : showPart(truth, part),
  }
}

function partOf(parts: readonly Part[], step: { part: number }): Part {
  const part = parts[step.part]
  if (!part) throw new Error('a step of no part')
  return part
}
