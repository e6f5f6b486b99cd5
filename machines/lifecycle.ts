/**
 * A lifecycle is a statechart made storable. `begin` and `step` take the stored state and one event, and return what to
 * store next and the effects owed. No clock, no I/O, no randomness.
 */
import {
  getNextTransitions,
  initialTransition,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFrom,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate'
import type { z } from 'zod'
import { changes, type Changes } from './changes.ts'
import type { Effect } from './effects.ts'
import type { RegionStates } from './gates.ts'
import { same, type Facts, type Verdict } from './watermark.ts'
import type { ObservedContext } from './observation.ts'
import { isDeclared, type Regions } from './region.ts'

/** The stored form of an instance. Never XState's own snapshot, whose form may change. */
export interface Stored {
  version: number
  value: RegionStates
  context: unknown
}

/** A stored state that was read back: upcast and parsed. */
export interface Live<Context> {
  version: number
  value: RegionStates
  context: Context
}

export interface Moved<Context> {
  kind: 'moved'
  live: Live<Context>
  from: RegionStates | null
  changed: Changes
  /** The regions that moved along none of their declared edges: an event was missed, or several were merged. */
  skipped: string[]
  effects: Effect[]
}

/**
 * `refused`: the state does not take this event; a command answers 409, a webhook is recorded. `external_id_taken`:
 * another instance has that id.
 */
export interface Unmoved<Context> {
  kind: 'unmoved'
  live: Live<Context>
  why: 'unchanged' | 'stale' | 'refused' | 'external_id_taken'
}

export type Step<Context> = Moved<Context> | Unmoved<Context>

/** A stored state that this build cannot read, and leaves as it is: a newer build wrote it, or it is corrupt. */
export class UnreadableState extends Error {
  readonly machine: string
  readonly version: number
  readonly newer: boolean
  constructor(at: { machine: string; version: number; newer: boolean; cause?: unknown }) {
    super(
      at.newer
        ? `${at.machine} state has version ${at.version}, newer than this build knows`
        : `${at.machine} state of version ${at.version} cannot be read`,
      { cause: at.cause },
    )
    this.name = 'UnreadableState'
    this.machine = at.machine
    this.version = at.version
    this.newer = at.newer
  }
}

/** Converts from the version it is listed under to the next. */
export type Upcast = (stored: Stored) => Omit<Stored, 'version'>

/** The instance that hears of a move. `event` builds what it hears; null: nothing. */
export interface Parent<Context> {
  machine: string
  event(live: Live<Context>): { type: string } | null
}

type EventInput<M extends AnyStateMachine> = Exclude<EventFrom<M>, { type: 'facts.changed' }>

export interface Lifecycle<M extends AnyStateMachine, Context extends ObservedContext<Facts>> {
  readonly name: string
  readonly version: number
  readonly machine: M
  /** The regions whose state is derived from the facts. */
  readonly regions: Regions<Context>
  /** The schema of the stored context. */
  readonly context: z.ZodType<Context>
  /** The first transition. Its event is the reason why the instance exists. */
  begin(input: InputFrom<M>, event: EventInput<M>): Moved<Context>
  step(live: Live<Context>, event: EventInput<M>): Step<Context>
  read(stored: Stored): Live<Context>
  /** When time alone may change the instance, in ms; null: never. */
  wakeAt(live: Live<Context>): number | null
  /** How long facts may go unverified, in ms; null: Stripe will not change the object any more. */
  freshFor(live: Live<Context>, factsMaxAgeMs: number): number | null
  /** Other Stripe ids of this instance: a payment's charges and fees. */
  aliases(live: Live<Context>): string[]
  /** The client's own id for the instance, unique within the machine. */
  externalId(live: Live<Context>): string | null
  /** The instance of another machine, with the account's id, that hears of this one's moves in the same commit. */
  readonly parent: Parent<Context> | null
  /** The event types that some active state handles. */
  accepts(live: Live<Context>): string[]
  /** Whether the present state takes this event, guards included. A command asks this before it reaches Stripe. */
  takes(live: Live<Context>, event: EventInput<M>): boolean
  /** The meta of each active state, in the order of the regions. */
  active(value: RegionStates): { region: string; state: string; meta: unknown }[]
}

/** A lifecycle where it does not matter which: for code that moves instances of every machine alike. */
export type AnyLifecycle = Lifecycle<AnyStateMachine, ObservedContext<Facts>>

export function lifecycle<M extends AnyStateMachine, Context extends ObservedContext<Facts>>(parts: {
  name: string
  machine: M
  regions: Regions<Context>
  version: number
  context: z.ZodType<Context>
  upcasts: Readonly<Record<number, Upcast>>
  wakeAt: (live: Live<Context>) => number | null
  freshFor: (live: Live<Context>, factsMaxAgeMs: number) => number | null
  aliases?: (live: Live<Context>) => string[]
  externalId: (live: Live<Context>) => string | null
  parent?: Parent<Context>
}): Lifecycle<M, Context> {
  const { name, machine, regions, version } = parts

  function read(stored: Stored): Live<Context> {
    if (stored.version > version)
      throw new UnreadableState({ machine: name, version: stored.version, newer: true })
    let current = stored
    try {
      while (current.version < version) {
        const upcast = parts.upcasts[current.version]
        if (!upcast) throw new Error(`no upcast from version ${current.version}`)
        current = { version: current.version + 1, ...upcast(current) }
      }
      return { version, value: current.value, context: parts.context.parse(current.context) }
    } catch (cause) {
      throw new UnreadableState({ machine: name, version: stored.version, newer: false, cause })
    }
  }

  function step(live: Live<Context>, event: EventInput<M>): Step<Context> {
    const before = machine.resolveState({ value: live.value, context: live.context }) as SnapshotFrom<M>
    const next = run(machine, before, event)
    if (next.snapshot === before && !next.acted) return { kind: 'unmoved', live, why: 'refused' }
    const after = storable<Context>(next.snapshot)
    if (same(after, { value: live.value, context: live.context }) && next.effects.length === 0) {
      return { kind: 'unmoved', live, why: next.verdict === 'stale' ? 'stale' : 'unchanged' }
    }
    const skipped = next.jumped.filter((region) => isSkip(live, region, after.value[region] ?? ''))
    return moved({ from: live.value, before: live.context, after, skipped, effects: next.effects })
  }

  function begin(input: InputFrom<M>, event: EventInput<M>): Moved<Context> {
    const [first] = initialTransition(machine, input as never)
    const next = run(machine, first, event)
    const after = storable<Context>(next.snapshot)
    return moved({ from: null, before: {}, after, skipped: [], effects: next.effects })
  }

  /**
   * A jump is a skip unless the instance is still beginning, which lasts until Stripe was first asked, or this build
   * derives another state from the facts than the build that stored them: then the move begins at what it derives.
   */
  function isSkip({ context }: Live<Context>, region: string, to: string): boolean {
    const declared = regions[region]
    if (context.asked_at === null || !declared) return false
    return !isDeclared(declared, { from: declared.derive(context), to })
  }

  function moved(result: {
    from: RegionStates | null
    before: unknown
    after: { value: RegionStates; context: Context }
    skipped: string[]
    effects: Effect[]
  }): Moved<Context> {
    const { value, context } = result.after
    const live = { version, value, context: { ...context, seq: context.seq + 1 } }
    return {
      kind: 'moved',
      live,
      from: result.from,
      changed: changes(result.before, context),
      skipped: result.skipped,
      effects: result.effects,
    }
  }

  return {
    name,
    version,
    machine,
    regions,
    context: parts.context,
    begin,
    step,
    read,
    wakeAt: parts.wakeAt,
    freshFor: parts.freshFor,
    aliases: parts.aliases ?? (() => []),
    externalId: parts.externalId,
    parent: parts.parent ?? null,
    accepts: (live) => {
      const snapshot = machine.resolveState({ value: live.value, context: live.context })
      const types = getNextTransitions(snapshot).map(({ eventType }) => eventType)
      return [...new Set(types)].filter((type) => type !== 'facts.changed')
    },
    takes: ({ value, context }, event) => {
      const snapshot = machine.resolveState({ value, context })
      return machine.getTransitionData(snapshot, event).length > 0
    },
    active: (value) =>
      Object.entries(value).map(([region, state]) => ({
        region,
        state,
        meta: machine.states[region]?.states[state]?.meta,
      })),
  }
}

/**
 * A machine performs no action. It declares three to be read off the transition: `request` carries an effect that is owed,
 * `note` a verdict, `jump` a region that moved along no edge.
 */
function run<M extends AnyStateMachine>(machine: M, before: SnapshotFrom<M>, event: EventFrom<M>) {
  const [snapshot, actions] = transition(machine, before, event as never)
  const declared = actions as readonly { type: string; params: unknown }[]
  return {
    snapshot: snapshot as AnyMachineSnapshot,
    acted: declared.length > 0,
    effects: declared.flatMap(({ type, params }) => (type === 'request' ? [params as Effect] : [])),
    jumped: declared.flatMap(({ type, params }) => (type === 'jump' ? [params as string] : [])),
    verdict: declared.find(({ type }) => type === 'note')?.params as Verdict | undefined,
  }
}

function storable<Context>(snapshot: AnyMachineSnapshot): { value: RegionStates; context: Context } {
  return { value: snapshot.value as RegionStates, context: snapshot.context as Context }
}
