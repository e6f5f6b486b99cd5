/**
 * Gates: the actions that a statechart can forbid. A state lists the gates it closes in its `meta`; a gate is open if no
 * active state closes it. Refusals, pictures and tests all read this one definition.
 */
export const GATES = ['charge', 'refund', 'payout', 'onboard'] as const
export type Gate = (typeof GATES)[number]

/** Who must act next so that the gate opens. */
export const ACTORS = ['merchant', 'stripe', 'platform', 'operator', 'nobody'] as const
export type Actor = (typeof ACTORS)[number]

/** What the caller can do; `src/` adds the URL. */
export type Remedy = 'onboarding_link' | 'dashboard' | 'release' | 'refresh'

/** `when` names conditions on the facts that must all hold; without it the state always closes the gates. */
export interface Closure<Code extends string = string, Condition extends string = string> {
  gates: readonly Gate[]
  code: Code
  actor: Actor
  when?: readonly Condition[]
  remedy?: Remedy
}

/** The `meta` of every state. An empty list says that the state closes nothing. */
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

/** One state per region. Machines are parallel, and no state has states of its own. */
export type RegionStates = Record<string, string>

/** Why a gate is closed, in the order of the regions. Empty: it is open. */
export function blockers<Code extends string, Condition extends string>(
  gate: Gate,
  active: readonly { region: string; state: string; meta: StateMeta<Code, Condition> }[],
  holds: (condition: Condition) => boolean,
): Blocker<Code>[] {
  return active.flatMap(({ region, state, meta }) =>
    meta.closes
      .filter((closure) => closure.gates.includes(gate) && (closure.when ?? []).every(holds))
      .map(({ code, actor, remedy }) => ({ code, region, state, actor, ...(remedy && { remedy }) })),
  )
}
