/** From what is loaded and what has arrived to the one batch that commits it. Pure. */
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import type { Live } from '../../machines/lifecycle.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import type { Facts } from '../../machines/watermark.ts'
import { OWN_MS } from './lease.ts'
import type { Statement, Unstorable } from '../store/database.ts'
import { insertAlias, saveInstance, type InstanceRow } from '../store/instances.ts'
import { finishRefreshes, insertEffect, type Owed } from '../store/outbox.ts'
import { insertTransition, type Transition } from '../store/transitions.ts'
import type { UnitOfWork, InstanceEvent, Once, AdvanceResult, StepResult } from './unit-of-work.ts'

/** What the database says of everything the arrivals touch. */
export interface Loaded {
  /** By `instanceKey`; null: there is none. */
  instances: ReadonlyMap<string, InstanceRow | null>
  /** External ids that are taken, by `instanceKey(machine, external_id)`, and by whom. */
  names: ReadonlyMap<string, string>
  /** What was handled before, by `onceKey`. */
  handled: ReadonlySet<string>
}

/**
 * What is stored of one instance, as somebody has just read, and of others beside it: saves `advance` the reading, if
 * it is all that the arrivals touch.
 */
export function loadedFrom(
  machine: string,
  id: string,
  row: InstanceRow | null,
  beside: readonly InstanceRow[] = [],
): Loaded {
  const others = beside.map((other) => [instanceKey(other.machine, other.id), other] as const)
  return {
    instances: new Map([[instanceKey(machine, id), row], ...others]),
    names: new Map(),
    handled: new Set(),
  }
}

export function covers(known: Loaded, units: readonly UnitOfWork[]): boolean {
  return touched(units).every(({ machine, id }) => known.instances.has(instanceKey(machine, id)))
}

/** Every instance that arrivals may move: those that something happened to, and the accounts that will be told of it. */
export function touched(units: readonly UnitOfWork[]): Pick<InstanceEvent, 'machine' | 'id' | 'isAlias'>[] {
  const events = units.flatMap((unit) => unit.events)
  const told = events.flatMap(({ machine, account }) =>
    lifecycleOf(machine).hasParent ? [{ machine: 'account' as const, id: account }] : [],
  )
  const byKey = new Map([...told, ...events].map((one) => [instanceKey(one.machine, one.id), one]))
  return [...byKey.values()]
}

/** For what happens to no instance. */
export const NOTHING_LOADED: Loaded = { instances: new Map(), names: new Map(), handled: new Set() }

export function onceKey(once: Once): string {
  return 'event' in once ? once.event : `${once.client}:${once.key}`
}

export interface Plan {
  outcomes: AdvanceResult[]
  /** History rows first: whoever else commits one of them, nothing of this batch stays. */
  statements: Statement[]
  transitions: Transition[]
  owed: Owed[]
}

type AnyLive = Live<ObservedContext<Facts>>

interface Move {
  instanceEvent: InstanceEvent
  before: AnyLive | null
  result: StepResult
}

export function instanceKey(machine: string, id: string): string {
  return `${machine}:${id}`
}

/** The external id an instance would carry after a happening, if that decides one. */
export function claimedExternalId({ event, begin }: InstanceEvent): string | null {
  return isNaming(event) ? event.external_id : (begin?.external_id ?? null)
}

type Naming = Extract<InstanceEvent['event'], { external_id: string }>

function isNaming(event: InstanceEvent['event']): event is Naming {
  return event.type === 'account.named' || event.type === 'payment.named'
}

export function plan(
  units: readonly UnitOfWork[],
  loaded: Loaded,
  settings: { now: number; factsMaxAgeMs: number; unstorable?: Unstorable | undefined },
): Plan {
  const { now } = settings
  const rows = new Map(
    [...loaded.instances.values()].flatMap((row) => (row ? [[instanceKey(row.machine, row.id), row]] : [])),
  )
  const stored = new Map<string, AnyLive>()
  const outcomes: AdvanceResult[] = []
  const transitions: Transition[] = []
  const saves = new Map<string, Statement>()
  const asked = new Set<string>()
  const others: Statement[] = []
  const owed: Owed[] = []

  for (const unit of units) {
    if (unit.once && loaded.handled.has(onceKey(unit.once))) {
      outcomes.push({ kind: 'duplicate' })
      continue
    }
    const outcome = take(unit)
    if (outcome.kind === 'failed' && !unit.record) throw outcome.error
    others.push(...(unit.record?.(outcome, now) ?? []))
    outcomes.push(outcome)
  }
  return {
    outcomes,
    statements: [...transitions.map(insertTransition), ...saves.values(), ...others],
    transitions,
    owed,
  }

  /** All of an arrival's happenings, or, should one throw, none. */
  function take(unit: UnitOfWork): Exclude<AdvanceResult, { kind: 'duplicate' }> {
    const here = new Map<string, AnyLive>()
    const moves: Move[] = []
    const told: Move[] = []
    if (settings.unstorable) return { kind: 'failed', error: settings.unstorable }
    try {
      for (const instanceEvent of unit.events.map(byOwnId)) {
        moves.push(move(instanceEvent, here))
      }
      // Told last, so that an account which one of the happenings begins is there to be told.
      for (const instanceEvent of newsOf(moves)) told.push(move(instanceEvent, here))
    } catch (error) {
      return { kind: 'failed', error }
    }
    for (const [key, live] of here) stored.set(key, live)
    for (const one of [...moves, ...told]) note(unit, one)
    return { kind: 'applied', results: moves.map(({ result }) => result) }
  }

  function move(instanceEvent: InstanceEvent, here: Map<string, AnyLive>): Move {
    const key = instanceKey(instanceEvent.machine, instanceEvent.id)
    requireOwner(instanceEvent)
    const before = here.get(key) ?? stored.get(key) ?? read(key, instanceEvent.machine)
    const result = stepOrBegin(instanceEvent, before)
    if (result.kind !== 'unknown') here.set(key, result.live)
    return { instanceEvent, before, result }
  }

  function byOwnId(instanceEvent: InstanceEvent): InstanceEvent {
    const row = loaded.instances.get(instanceKey(instanceEvent.machine, instanceEvent.id))
    return instanceEvent.isAlias && row ? { ...instanceEvent, id: row.id } : instanceEvent
  }

  function read(key: string, machine: MachineName): AnyLive | null {
    const row = rows.get(key)
    return row ? lifecycleOf(machine).read(row) : null
  }

  /** @throws what makes the arrival a failed one: no account speaks for what another has */
  function requireOwner({ machine, id, account }: InstanceEvent): void {
    const owner = rows.get(instanceKey(machine, id))?.account ?? account
    if (owner !== account)
      throw new Error(`${machine} ${id} is of ${owner}, what is said of it of ${account}`)
  }

  function stepOrBegin(instanceEvent: InstanceEvent, known: AnyLive | null): StepResult {
    const { machine, event, begin } = instanceEvent
    const lifecycle = lifecycleOf(machine)
    const name = claimedExternalId(instanceEvent)
    const bearer = name === null ? undefined : loaded.names.get(instanceKey(machine, name))
    // A name that another instance carries stays with it; whoever asked for it finds that out from what came of it.
    const isFree = bearer === undefined || bearer === instanceEvent.id
    if (known) {
      if (isNaming(event) && !isFree) return { kind: 'unmoved', live: known, why: 'external_id_taken' }
      return lifecycle.step(known, event)
    }
    if (!begin) return { kind: 'unknown' }
    return lifecycle.begin(isFree ? begin : { ...begin, external_id: null }, event)
  }

  function note(unit: UnitOfWork, { instanceEvent, before, result }: Move): void {
    if (result.kind !== 'moved') return
    const { machine, id, account, event } = instanceEvent
    const { live, effects } = result
    const { seq } = live.context
    const key = instanceKey(machine, id)
    const wasAsked = asked.has(key) || live.context.asked_at !== before?.context.asked_at
    if (wasAsked) asked.add(key)
    const knownSince = rows.get(key)?.created_at ?? now
    saves.set(
      key,
      save(instanceEvent, live, { now, knownSince, factsMaxAgeMs: settings.factsMaxAgeMs, wasAsked }),
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
    const lifecycle = lifecycleOf(machine)
    const known = new Set(before && lifecycle.aliases(before))
    others.push(
      ...lifecycle
        .aliases(live)
        .flatMap((alias) => (known.has(alias) ? [] : [insertAlias(alias, machine, id)])),
    )
    // Who asked Stripe asked for all who were waiting to.
    if (before?.context.owes_refresh && !live.context.owes_refresh) {
      others.push(finishRefreshes(machine, id, now))
    }
    for (const [index, effect] of effects.entries()) {
      const name = `${machine}:${id}:${seq}:${index}`
      const owes = { name, machine, id, account, effect, nextAt: now + effect.after_ms }
      owed.push(owes)
      others.push(insertEffect(owes, now, owes.nextAt + OWN_MS))
    }
  }
}

/** What accounts are told of their own that moved: of each, where it stands in the end. */
function newsOf(moves: readonly Move[]): InstanceEvent[] {
  const news = new Map<string, InstanceEvent>()
  for (const { instanceEvent, result } of moves) {
    const { machine, id, account } = instanceEvent
    const event = result.kind === 'moved' ? lifecycleOf(machine).parentEvent(result.live) : null
    if (event)
      news.set(instanceKey(machine, id), { machine: 'account', id: account, account, event } as InstanceEvent)
  }
  return [...news.values()]
}

function save(
  { machine, id, account }: InstanceEvent,
  live: AnyLive,
  {
    now,
    knownSince,
    factsMaxAgeMs,
    wasAsked,
  }: { now: number; knownSince: number; factsMaxAgeMs: number; wasAsked: boolean },
): Statement {
  const lifecycle = lifecycleOf(machine)
  const { seq, asked_at } = live.context
  const freshFor = lifecycle.freshFor(live, factsMaxAgeMs)
  return saveInstance({
    machine,
    id,
    account,
    externalId: lifecycle.externalId(live),
    seq,
    stored: live,
    wakeAt: lifecycle.wakeAt(live),
    // Stripe may never have answered for it. Were it counted from what was heard last, it would never be looked at.
    checkAt: freshFor === null ? null : (asked_at ?? knownSince) + freshFor,
    wasAsked,
    at: now,
  })
}
