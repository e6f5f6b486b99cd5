/**
 * Gates: what a statechart forbids. A state that forbids something says so in its `meta`; a gate is open when no active
 * state closes it. The refusal, the diagram and the tests all read the same definition.
 */
export const GATES = ['charge', 'refund', 'payout', 'onboard'] as const
export type Gate = (typeof GATES)[number]

/** Who must act next for the gate to open. */
export const ACTORS = ['merchant', 'stripe', 'platform', 'operator', 'nobody'] as const
export type Actor = (typeof ACTORS)[number]

/** What the caller can do about it; `src/` knows the address. */
export type Remedy = 'onboarding_link' | 'dashboard' | 'release' | 'refresh'

/** `when` names claims about the facts, all of which must hold; without it the state closes the gates always. */
export interface Closure<Code extends string = string, Condition extends string = string> {
  gates: readonly Gate[]
  code: Code
  actor: Actor
  when?: readonly Condition[]
  remedy?: Remedy
}

/** Every state of every machine carries this; an empty list is a decision too. */
export interface StateMeta<Code extends string = string, Condition extends string = string> {
  closes: readonly Closure<Code, Condition>[]
}

export interface Blocker<Code extends string = string> {
  code: Code
  region: string
  state: string
  actor: Actor
  remedy?: Remedy
}

/** One state of each region. Gatehouse's machines are parallel, and a region's state has no states of its own. */
export type RegionStates = Record<string, string>

/** Why a gate is closed, in the order of the machine's regions. Empty: it is open. */
export function blockers<Code extends string, Condition extends string>(
  gate: Gate,
  active: readonly { region: string; state: string; meta: StateMeta<Code, Condition> }[],
  holds: (claim: Condition) => boolean,
): Blocker<Code>[] {
  return active.flatMap(({ region, state, meta }) =>
    meta.closes
      .filter((closure) => closure.gates.includes(gate) && (closure.when ?? []).every(holds))
      .map(({ code, actor, remedy }) => ({ code, region, state, actor, ...(remedy && { remedy }) })),
  )
}
