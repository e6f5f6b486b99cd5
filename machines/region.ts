/**
 * A region of a statechart: its states, how its state is derived from the context, and where the lifecycle goes from each
 * state. The state before plays no part, so no order of events can lead a region astray. The declared edges judge each move:
 * a move along no edge is made all the same, and recorded, because an event was missed or several were merged.
 */
import type { RegionStates, StateMeta } from './gates.ts'

/** A region whose state follows from what is known. */
export interface Region<State extends string, Context> {
  /** In the order in which people read them. XState, the types, the API's schemas and the picture use this list. */
  readonly states: readonly State[]
  readonly initial: State
  derive(context: Context): State
  /** From each state, those that Stripe documents as next. */
  readonly edges: Readonly<Record<State, readonly State[]>>
}

/** Declares a region; here so that its parts are checked against each other. */
export function region<const State extends string, Context>(
  declared: Region<State, Context>,
): Region<State, Context> {
  return declared
}

/** The derived regions of a machine by name. */
export type Regions<Context> = Readonly<Record<string, Region<string, Context>>>

/** Every state but one: for a state that is left to wherever the lifecycle had got to. */
export function others<const State extends string>(states: readonly State[], state: NoInfer<State>): State[] {
  return states.filter((other) => other !== state)
}

/** Raised by the machine itself: each region's state, derived once for all who read it. */
export interface FactsChanged {
  type: 'facts.changed'
  derived: RegionStates
}

export function factsChanged<Context>(regions: Regions<Context>, context: Context): FactsChanged {
  const derived = Object.entries(regions).map(([name, declared]) => [name, declared.derive(context)])
  return { type: 'facts.changed', derived: Object.fromEntries(derived) as RegionStates }
}

/** A guard of every machine. */
export function isDerived(
  { event }: { event: { type: string } },
  { region: name, state }: { region: string; state: string },
): boolean {
  return event.type === 'facts.changed' && (event as FactsChanged).derived[name] === state
}

/**
 * The region as XState has it. A state's own transitions are its edges, and staying; the region's are the fallback, a jump
 * to any state. `meta` says what each state closes; `on`, which commands and clocks a state takes.
 */
export function regionNode<
  State extends string,
  Context,
  Meta extends StateMeta,
  const On extends Partial<Record<State, object>> = object,
>(
  name: string,
  { states, initial, edges }: Region<State, Context>,
  { meta, on }: { meta: (state: State) => Meta; on?: On },
) {
  const guard = (state: State) => ({ type: 'isDerived', params: { region: name, state } }) as const
  const jumps = states.map((state) => ({
    guard: guard(state),
    target: `.${state}` as const,
    actions: { type: 'jump', params: name } as const,
  }))
  const nodes = states.map((state) => {
    const own = [
      { guard: guard(state) },
      ...edges[state].map((next) => ({ guard: guard(next), target: next })),
    ]
    return [state, { meta: meta(state), on: { ...on?.[state], 'facts.changed': own } }] as const
  })
  return {
    initial,
    on: { 'facts.changed': jumps },
    states: Object.fromEntries(nodes) as {
      [S in State]: {
        meta: Meta
        on: { 'facts.changed': { guard: ReturnType<typeof guard>; target?: State }[] } & (S extends keyof On
          ? On[S]
          : unknown)
      }
    },
  }
}

/** A move of one region. */
export interface Move {
  from: string
  to: string
}

/** Whether the region's declared edges allow the move; staying is one. */
export function isDeclared<Context>({ edges }: Region<string, Context>, { from, to }: Move): boolean {
  return from === to || edges[from]?.includes(to) === true
}
