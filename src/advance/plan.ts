/** From what is loaded and what has arrived to the one batch that commits it. Pure. */
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import type { Live } from '../../machines/lifecycle.ts'
import type { Observing } from '../../machines/observe.ts'
import type { Facts } from '../../machines/watermark.ts'
import { OWN_MS } from '../outbox/lease.ts'
import type { Statement, Unstorable } from '../store/database.ts'
import { insertAlias, insertTransition, saveInstance, type Transition } from '../store/instances.ts'
import { finishRefreshes, insertEffect, type Owed } from '../store/outbox.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Arrival, Happening, Once, Outcome, Result } from './arrival.ts'

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
export function knownAs(
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

export function covers(known: Loaded, arrivals: readonly Arrival[]): boolean {
  return touched(arrivals).every(({ machine, id }) => known.instances.has(instanceKey(machine, id)))
}

/** Every instance that arrivals may move: those that something happened to, and the accounts that will be told of it. */
export function touched(arrivals: readonly Arrival[]): Pick<Happening, 'machine' | 'id' | 'isAlias'>[] {
  const happenings = arrivals.flatMap((arrival) => arrival.happenings)
  const told = happenings.flatMap(({ machine, account }) =>
    lifecycleOf(machine).hasNews ? [{ machine: 'account' as const, id: account }] : [],
  )
  const byKey = new Map([...told, ...happenings].map((one) => [instanceKey(one.machine, one.id), one]))
  return [...byKey.values()]
}

/** For what happens to no instance. */
export const NOTHING_KNOWN: Loaded = { instances: new Map(), names: new Map(), handled: new Set() }

export function onceKey(once: Once): string {
  return 'event' in once ? once.event : `${once.client}:${once.key}`
}

export interface Plan {
  outcomes: Outcome[]
  /** History rows first: whoever else commits one of them, nothing of this batch stays. */
  statements: Statement[]
  transitions: Transition[]
  owed: Owed[]
}

type AnyLive = Live<Observing<Facts>>

interface Move {
  happening: Happening
  before: AnyLive | null
  result: Result
}

export function instanceKey(machine: string, id: string): string {
  return `${machine}:${id}`
}

/** The external id an instance would carry after a happening, if that decides one. */
export function claimedName({ event, begin }: Happening): string | null {
  return isNaming(event) ? event.external_id : (begin?.external_id ?? null)
}

type Naming = Extract<Happening['event'], { external_id: string }>

function isNaming(event: Happening['event']): event is Naming {
  return event.type === 'account.named' || event.type === 'payment.named'
}

export function plan(
  arrivals: readonly Arrival[],
  loaded: Loaded,
  settings: { now: number; factsMaxAgeMs: number; unstorable?: Unstorable | undefined },
): Plan {
  const { now } = settings
  const rows = new Map(
    [...loaded.instances.values()].flatMap((row) => (row ? [[instanceKey(row.machine, row.id), row]] : [])),
  )
  const stored = new Map<string, AnyLive>()
  const outcomes: Outcome[] = []
  const transitions: Transition[] = []
  const saves = new Map<string, Statement>()
  const asked = new Set<string>()
  const others: Statement[] = []
  const owed: Owed[] = []

  for (const arrival of arrivals) {
    if (arrival.once && loaded.handled.has(onceKey(arrival.once))) {
      outcomes.push({ kind: 'seen' })
      continue
    }
    const outcome = take(arrival)
    if (outcome.kind === 'failed' && !arrival.record) throw outcome.error
    others.push(...(arrival.record?.(outcome, now) ?? []))
    outcomes.push(outcome)
  }
  return {
    outcomes,
    statements: [...transitions.map(insertTransition), ...saves.values(), ...others],
    transitions,
    owed,
  }

  /** All of an arrival's happenings, or, should one throw, none. */
  function take(arrival: Arrival): Exclude<Outcome, { kind: 'seen' }> {
    const here = new Map<string, AnyLive>()
    const moves: Move[] = []
    const told: Move[] = []
    if (settings.unstorable) return { kind: 'failed', error: settings.unstorable }
    try {
      for (const happening of arrival.happenings.map(byOwnId)) {
        moves.push(move(happening, here))
      }
      // Told last, so that an account which one of the happenings begins is there to be told.
      for (const happening of newsOf(moves)) told.push(move(happening, here))
    } catch (error) {
      return { kind: 'failed', error }
    }
    for (const [key, live] of here) stored.set(key, live)
    for (const one of [...moves, ...told]) note(arrival, one)
    return { kind: 'taken', results: moves.map(({ result }) => result) }
  }

  function move(happening: Happening, here: Map<string, AnyLive>): Move {
    const key = instanceKey(happening.machine, happening.id)
    requireOwner(happening)
    const before = here.get(key) ?? stored.get(key) ?? read(key, happening.machine)
    const result = stepOrBegin(happening, before)
    if (result.kind !== 'unknown') here.set(key, result.live)
    return { happening, before, result }
  }

  function byOwnId(happening: Happening): Happening {
    const row = loaded.instances.get(instanceKey(happening.machine, happening.id))
    return happening.isAlias && row ? { ...happening, id: row.id } : happening
  }

  function read(key: string, machine: MachineName): AnyLive | null {
    const row = rows.get(key)
    return row ? lifecycleOf(machine).read(row) : null
  }

  /** @throws what makes the arrival a failed one: no account speaks for what another has */
  function requireOwner({ machine, id, account }: Happening): void {
    const owner = rows.get(instanceKey(machine, id))?.account ?? account
    if (owner !== account)
      throw new Error(`${machine} ${id} is of ${owner}, what is said of it of ${account}`)
  }

  function stepOrBegin(happening: Happening, known: AnyLive | null): Result {
    const { machine, event, begin } = happening
    const lifecycle = lifecycleOf(machine)
    const name = claimedName(happening)
    const bearer = name === null ? undefined : loaded.names.get(instanceKey(machine, name))
    // A name that another instance carries stays with it; whoever asked for it finds that out from what came of it.
    const isFree = bearer === undefined || bearer === happening.id
    if (known) {
      if (isNaming(event) && !isFree) return { kind: 'still', live: known, why: 'taken' }
      return lifecycle.step(known, event)
    }
    if (!begin) return { kind: 'unknown' }
    return lifecycle.begin(isFree ? begin : { ...begin, external_id: null }, event)
  }

  function note(arrival: Arrival, { happening, before, result }: Move): void {
    if (result.kind !== 'moved') return
    const { machine, id, account, event } = happening
    const { live, effects } = result
    const { seq } = live.context
    const key = instanceKey(machine, id)
    const wasAsked = asked.has(key) || live.context.asked_at !== before?.context.asked_at
    if (wasAsked) asked.add(key)
    const knownSince = rows.get(key)?.created_at ?? now
    saves.set(
      key,
      save(happening, live, { now, knownSince, factsMaxAgeMs: settings.factsMaxAgeMs, wasAsked }),
    )
    transitions.push({
      machine,
      id,
      seq,
      at: now,
      event: event.type,
      cause: arrival.cause,
      from: result.from,
      to: live.value,
      changed: result.changed,
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
function newsOf(moves: readonly Move[]): Happening[] {
  const news = new Map<string, Happening>()
  for (const { happening, result } of moves) {
    const { machine, id, account } = happening
    const event = result.kind === 'moved' ? lifecycleOf(machine).news(result.live) : null
    if (event)
      news.set(instanceKey(machine, id), { machine: 'account', id: account, account, event } as Happening)
  }
  return [...news.values()]
}

function save(
  { machine, id, account }: Happening,
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
