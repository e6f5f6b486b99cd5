/** The pure core of `advance`: turns units of work and loaded rows into the one batch that commits them. */
import type { Live } from '../../machines/lifecycle.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import type { Facts } from '../../machines/watermark.ts'
import type { Statement, Unstorable } from '../store/database.ts'
import { insertAlias, saveInstance, type InstanceRow } from '../store/instances.ts'
import { finishRefreshes, insertEffect, type Owed } from '../store/outbox.ts'
import { insertTransition, type Transition } from '../store/transitions.ts'
import type { Lifecycles } from './adapter.ts'
import { REQUEST_LEASE_MS } from './effect-timing.ts'
import type { AdvanceResult, InstanceEvent, Once, StepResult, UnitOfWork } from './unit-of-work.ts'

/** Everything the units touch, from one read. */
export interface Loaded {
  /** By `instanceKey`; null: the instance does not exist. */
  instances: ReadonlyMap<string, InstanceRow | null>
  /** External ids in use: `instanceKey(machine, external_id)` → the id of the instance that has it. */
  externalIds: ReadonlyMap<string, string>
  /** Events and requests handled before, by `onceKey`. */
  handled: ReadonlySet<string>
}

/** For a unit that touches no instance. */
export const NOTHING_LOADED: Loaded = { instances: new Map(), externalIds: new Map(), handled: new Set() }

/** Rows that the caller has just read. They save `advance` its read if they cover every instance the units touch. */
export function loadedFrom(
  machine: string,
  id: string,
  row: InstanceRow | null,
  otherRows: readonly InstanceRow[] = [],
): Loaded {
  const others = otherRows.map((other) => [instanceKey(other.machine, other.id), other] as const)
  return { ...NOTHING_LOADED, instances: new Map([[instanceKey(machine, id), row], ...others]) }
}

export function covers(loaded: Loaded, touched: readonly Touched[]): boolean {
  return touched.every(({ machine, id }) => loaded.instances.has(instanceKey(machine, id)))
}

export type Touched = Pick<InstanceEvent, 'machine' | 'id' | 'isAlias'>

/** Every instance the units may move: the instances of their events, and the parents that are told of a move. */
export function touchedBy(units: readonly UnitOfWork[], lifecycles: Lifecycles): Touched[] {
  const events = units.flatMap((unit) => unit.events)
  const parents = events.flatMap(({ machine, account }) => {
    const { parent } = lifecycles.lifecycleOf(machine)
    return parent ? [{ machine: parent.machine, id: account }] : []
  })
  const byKey = new Map([...parents, ...events].map((one) => [instanceKey(one.machine, one.id), one]))
  return [...byKey.values()]
}

export function instanceKey(machine: string, id: string): string {
  return `${machine}:${id}`
}

export function onceKey(once: Once): string {
  return 'event' in once ? once.event : `${once.client}:${once.key}`
}

/** The external id that the event would give its instance; null: none. */
export function claimedExternalId({ event, begin }: InstanceEvent): string | null {
  return namesInstance(event) ? event.external_id : (begin?.external_id ?? null)
}

/** Whether the event only gives the instance its external id. */
function namesInstance(event: InstanceEvent['event']): event is { type: string; external_id: string } {
  return 'external_id' in event
}

export interface Plan {
  results: AdvanceResult[]
  /** History rows first: their key is the lock, so a lost race rolls back the whole batch. */
  statements: Statement[]
  transitions: Transition[]
  owed: Owed[]
}

export interface PlanSettings {
  lifecycles: Lifecycles
  now: number
  factsMaxAgeMs: number
  /** Set: the database refused this unit's batch for good, so the unit has failed. */
  unstorable?: Unstorable | undefined
}

type LiveInstance = Live<ObservedContext<Facts>>

interface Move {
  event: InstanceEvent
  before: LiveInstance | null
  result: StepResult
}

export function plan(units: readonly UnitOfWork[], loaded: Loaded, settings: PlanSettings): Plan {
  const { lifecycles, now, factsMaxAgeMs, unstorable } = settings
  const rows = new Map(
    [...loaded.instances.values()].flatMap((row) => (row ? [[instanceKey(row.machine, row.id), row]] : [])),
  )
  /** Instances as the earlier units of the group left them. */
  const current = new Map<string, LiveInstance>()
  const fetched = new Set<string>()
  const results: AdvanceResult[] = []
  const transitions: Transition[] = []
  const saves = new Map<string, Statement>()
  const others: Statement[] = []
  const owed: Owed[] = []

  for (const unit of units) {
    if (unit.once && loaded.handled.has(onceKey(unit.once))) {
      results.push({ kind: 'duplicate' })
      continue
    }
    const applied = apply(unit)
    if (applied.kind === 'failed' && !unit.record) throw applied.error
    others.push(...(unit.record?.(applied, now) ?? []))
    results.push(applied)
  }
  return {
    results,
    statements: [...transitions.map(insertTransition), ...saves.values(), ...others],
    transitions,
    owed,
  }

  /** Applies all events of a unit, or none if one of them throws. */
  function apply(unit: UnitOfWork): Exclude<AdvanceResult, { kind: 'duplicate' }> {
    if (unstorable) return { kind: 'failed', error: unstorable }
    const next = new Map<string, LiveInstance>()
    const moves: Move[] = []
    const parentMoves: Move[] = []
    try {
      for (const event of unit.events) moves.push(move(byOwnId(event), next))
      // Parents last: an event of the same unit may begin them.
      for (const event of parentEventsOf(moves, lifecycles)) parentMoves.push(move(event, next))
    } catch (error) {
      return { kind: 'failed', error }
    }
    for (const [key, live] of next) current.set(key, live)
    for (const moved of [...moves, ...parentMoves]) commit(unit, moved)
    return { kind: 'applied', results: moves.map(({ result }) => result) }
  }

  function move(event: InstanceEvent, next: Map<string, LiveInstance>): Move {
    const key = instanceKey(event.machine, event.id)
    requireOwner(event)
    const before = next.get(key) ?? current.get(key) ?? stored(key, event.machine)
    const result = stepOrBegin(event, before)
    if (result.kind !== 'unknown') next.set(key, result.live)
    return { event, before, result }
  }

  function byOwnId(event: InstanceEvent): InstanceEvent {
    const row = loaded.instances.get(instanceKey(event.machine, event.id))
    return event.isAlias && row ? { ...event, id: row.id } : event
  }

  function stored(key: string, machine: string): LiveInstance | null {
    const row = rows.get(key)
    return row ? lifecycles.lifecycleOf(machine).read(row) : null
  }

  /** @throws when the event comes from an account that does not own the instance */
  function requireOwner({ machine, id, account }: InstanceEvent): void {
    const owner = rows.get(instanceKey(machine, id))?.account ?? account
    if (owner !== account) throw new Error(`${machine} ${id} belongs to ${owner}, its event to ${account}`)
  }

  function stepOrBegin(instanceEvent: InstanceEvent, before: LiveInstance | null): StepResult {
    const { machine, id, event, begin } = instanceEvent
    const lifecycle = lifecycles.lifecycleOf(machine)
    const externalId = claimedExternalId(instanceEvent)
    const holder = externalId === null ? undefined : loaded.externalIds.get(instanceKey(machine, externalId))
    // The first instance keeps the external id; the result of a second claim says that it is taken.
    const isFree = holder === undefined || holder === id
    if (before) {
      if (namesInstance(event) && !isFree) return { kind: 'unmoved', live: before, why: 'external_id_taken' }
      return lifecycle.step(before, event)
    }
    if (!begin) return { kind: 'unknown' }
    return lifecycle.begin(isFree ? begin : { ...begin, external_id: null }, event)
  }

  /** Adds the writes of a move: its history row, the instance, new aliases, refreshes paid, effects owed. */
  function commit(unit: UnitOfWork, { event: instanceEvent, before, result }: Move): void {
    if (result.kind !== 'moved') return
    const { machine, id, account, event } = instanceEvent
    const { live, effects } = result
    const { seq, asked_at } = live.context
    const lifecycle = lifecycles.lifecycleOf(machine)
    const key = instanceKey(machine, id)
    if (asked_at !== before?.context.asked_at) fetched.add(key)
    const freshFor = lifecycle.freshFor(live, factsMaxAgeMs)
    // Age counts from the last fetch. Without one it counts from the beginning, or the check would never be due.
    const checkedAt = asked_at ?? rows.get(key)?.created_at ?? now
    saves.set(
      key,
      saveInstance({
        machine,
        id,
        account,
        externalId: lifecycle.externalId(live),
        seq,
        stored: live,
        wakeAt: lifecycle.wakeAt(live),
        checkAt: freshFor === null ? null : checkedAt + freshFor,
        wasAsked: fetched.has(key),
        at: now,
      }),
    )
    transitions.push({
      machine,
      id,
      seq,
      at: now,
      event: event.type,
      cause: unit.cause,
      from: result.from,
      to: live.value,
      changed: result.changed,
      skipped: result.skipped,
    })
    const knownAliases = new Set(before ? lifecycle.aliases(before) : [])
    for (const alias of lifecycle.aliases(live))
      if (!knownAliases.has(alias)) others.push(insertAlias(alias, machine, id))
    // One fetch pays every refresh the instance owed.
    if (before?.context.owes_refresh && !live.context.owes_refresh)
      others.push(finishRefreshes(machine, id, now))
    for (const [index, effect] of effects.entries()) {
      const name = `${machine}:${id}:${seq}:${index}`
      const effectOwed = { name, machine, id, account, effect, nextAt: now + effect.after_ms }
      owed.push(effectOwed)
      others.push(insertEffect(effectOwed, now, effectOwed.nextAt + REQUEST_LEASE_MS))
    }
  }
}

/** The event for the parent of each moved instance. If an instance moved several times, only its last move counts. */
function parentEventsOf(moves: readonly Move[], lifecycles: Lifecycles): InstanceEvent[] {
  const byInstance = new Map<string, InstanceEvent>()
  for (const { event, result } of moves) {
    const { machine, id, account } = event
    const { parent } = lifecycles.lifecycleOf(machine)
    const parentEvent = result.kind === 'moved' ? parent?.event(result.live) : null
    if (parent && parentEvent)
      byInstance.set(instanceKey(machine, id), {
        machine: parent.machine,
        id: account,
        account,
        event: parentEvent,
      })
  }
  return [...byInstance.values()]
}
