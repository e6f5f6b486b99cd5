/** What a picture of a statechart shows, read off the machine: regions, states, edges, and the gates each state closes. */
import type { AnyStateNode } from 'xstate'
import { GATES, type Gate, type StateMeta } from '../gates.ts'
import type { AnyLifecycle } from '../lifecycle.ts'

export interface Chart {
  machine: string
  regions: ChartRegion[]
}

export interface ChartRegion {
  name: string
  /** Facts decide its state; otherwise commands do. */
  isDerived: boolean
  states: ChartState[]
  edges: Edge[]
}

export interface ChartState {
  name: string
  closures: ChartClosure[]
  /** Commands and clocks that the state takes, as `cancel.requested`. */
  takes: string[]
}

/** What the state closes for one reason. */
export interface ChartClosure {
  code: string
  gates: Gate[]
  /** Whatever the facts say; otherwise only while they say so. */
  always: boolean
}

export interface Edge {
  from: string
  to: string
}

export function chartOf({ name, machine, regions }: AnyLifecycle): Chart {
  return {
    machine: name,
    regions: Object.entries(machine.states).map(([region, node]) => ({
      name: region,
      isDerived: Object.hasOwn(regions, region),
      states: Object.values(node.states).map(stateOf),
      edges: Object.values(node.states).flatMap(edgesOf),
    })),
  }
}

function stateOf(node: AnyStateNode): ChartState {
  const { closes } = node.meta as StateMeta
  const closures = new Map<string, ChartClosure>()
  for (const { code, gates, when } of closes) {
    const known = closures.get(code)
    closures.set(code, {
      code,
      gates: GATES.filter((gate) => gates.includes(gate) || known?.gates.includes(gate)),
      always: known?.always === true || when === undefined,
    })
  }
  return {
    name: node.key,
    closures: [...closures.values()],
    takes: [...node.transitions.keys()].filter((type) => type !== 'facts.changed'),
  }
}

function edgesOf(node: AnyStateNode): Edge[] {
  const targets = [...node.transitions.values()].flat().flatMap(({ target }) => target ?? [])
  return [...new Set(targets)].map((to) => ({ from: node.key, to: to.key }))
}
