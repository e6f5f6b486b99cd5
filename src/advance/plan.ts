/** From what is loaded and what has arrived to the one batch that commits it. Pure. */
import { lifecycleOf, type AnyLifecycle, type MachineName } from '../../machines/lifecycles.ts'
import type { Live } from '../../machines/lifecycle.ts'
import type { Observing } from '../../machines/observe.ts'
import type { Facts } from '../../machines/watermark.ts'
import type { Statement } from '../store/database.ts'
import { insertTransition, saveInstance, type Transition } from '../store/instances.ts'
import { insertEffect, type Owed } from '../store/outbox.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Arrival, Happening, Outcome, Result } from './arrival.ts'

/** What the database says of everything the arrivals touch. */
export interface Loaded {
  /** By `instanceKey`; null: there is none. */
  instances: ReadonlyMap<string, InstanceRow | null>
  /** External ids that are taken, by `instanceKey(machine, external_id)`, and by whom. */
  names: ReadonlyMap<string, string>
  /** Event ids that are in the inbox. */
  inbox: ReadonlySet<string>
}

export interface Plan {
  outcomes: Outcome[]
  /** History rows first: whoever else commits one of them, nothing of this batch stays. */
  statements: Statement[]
  transitions: Transition[]
  owed: Owed[]
}

type AnyLive = Live<Observing<Facts>>

/** How long cron leaves an effect to the request that owes it. */
const LEASE_MS = 30_000

export function instanceKey(machine: string, id: string): string {
  return `${machine}:${id}`
}

export function plan(arrivals: readonly Arrival[], loaded: Loaded, now: number): Plan {
  const stored = new Map<string, AnyLive | null>()
  const touched = new Map<string, { happening: Happening; live: AnyLive }>()
  const outcomes: Outcome[] = []
  const transitions: Transition[] = []
  const owed: Owed[] = []
  const records: Statement[] = []

  for (const arrival of arrivals) {
    if (arrival.inboxId !== undefined && loaded.inbox.has(arrival.inboxId)) {
      outcomes.push({ kind: 'seen' })
      continue
    }
    const outcome = take(arrival)
    if (outcome.kind === 'failed' && !arrival.record) throw outcome.error
    records.push(...(arrival.record?.(outcome, now) ?? []))
    outcomes.push(outcome)
  }

  const saves = [...touched.values()].map(({ happening, live }) => save(happening, live, now))
  const effects = owed.map((effect) => insertEffect(effect, now, effect.nextAt + LEASE_MS))
  return {
    outcomes,
    statements: [...transitions.map(insertTransition), ...saves, ...effects, ...records],
    transitions,
    owed,
  }

  /** All of an arrival's happenings, or, should one throw, none. */
  function take(arrival: Arrival): Exclude<Outcome, { kind: 'seen' }> {
    const here = new Map<string, AnyLive | null>()
    const moves: { happening: Happening; result: Result }[] = []
    try {
      for (const happening of arrival.happenings) {
        const key = instanceKey(happening.machine, happening.id)
        const known = here.has(key) ? here.get(key) : (stored.get(key) ?? read(key, happening.machine))
        const result = stepOrBegin(happening, known ?? null)
        if (result.kind !== 'unknown') here.set(key, result.live)
        moves.push({ happening, result })
      }
    } catch (error) {
      return { kind: 'failed', error }
    }
    for (const [key, live] of here) stored.set(key, live)
    for (const { happening, result } of moves) note(arrival, happening, result)
    return { kind: 'taken', results: moves.map(({ result }) => result) }
  }

  function read(key: string, machine: MachineName): AnyLive | null {
    const row = loaded.instances.get(key)
    return row ? lifecycleOf(machine).read(row) : null
  }

  function stepOrBegin(happening: Happening, known: AnyLive | null): Result {
    const lifecycle: AnyLifecycle = lifecycleOf(happening.machine)
    if (known) return lifecycle.step(known, happening.event)
    if (!happening.begin) return { kind: 'unknown' }
    const { external_id } = happening.begin
    const taken =
      external_id === null ? undefined : loaded.names.get(instanceKey(happening.machine, external_id))
    // A name that another instance carries stays with it; whoever asked for it finds that out from what began.
    const free = taken === undefined || taken === happening.id
    return lifecycle.begin({ ...happening.begin, external_id: free ? external_id : null }, happening.event)
  }

  function note(arrival: Arrival, happening: Happening, result: Result): void {
    if (result.kind !== 'moved') return
    const { machine, id, account, event } = happening
    const { seq } = result.live.context
    touched.set(instanceKey(machine, id), { happening, live: result.live })
    transitions.push({
      machine,
      id,
      seq,
      at: now,
      event: event.type,
      cause: arrival.cause,
      from: result.from,
      to: result.live.value,
      changed: result.changed,
    })
    for (const [index, effect] of result.effects.entries()) {
      owed.push({
        name: `${machine}:${id}:${seq}:${index}`,
        machine,
        id,
        account,
        effect,
        nextAt: now + effect.after_ms,
      })
    }
  }
}

function save({ machine, id, account }: Happening, live: AnyLive, now: number): Statement {
  const lifecycle = lifecycleOf(machine)
  return saveInstance({
    machine,
    id,
    account,
    externalId: lifecycle.externalId(live),
    seq: live.context.seq,
    stored: live,
    wakeAt: lifecycle.wakeAt(live),
    verifiedAt: live.context.verified_at,
    watched: lifecycle.watched(live),
    at: now,
  })
}
