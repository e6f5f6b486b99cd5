/**
 * Modules of a graph: sets of nodes that every node outside treats alike. One line to or from a frame around a module
 * says what many would. https://en.wikipedia.org/wiki/Modular_decomposition
 */
import type { Edge } from '../../machines/drawing/chart.ts'

/** A state, or a frame around some. */
export type Tree = string | Frame

export interface Frame {
  members: Tree[]
}

type States = readonly string[]

/** The frames of a region: its strong modules, those that overlap no other. A region is small enough to try all sets. */
export function frameOf(states: States, edges: readonly Edge[]): Frame {
  const joined = new Set(edges.map(({ from, to }) => `${from} ${to}`))
  const subsets = Array.from({ length: 2 ** states.length }, (_, bits) =>
    states.filter((_state, index) => (bits >> index) % 2 === 1),
  )
  const modules = subsets.filter((set) => set.length > 1 && set.length < states.length && isModule(set))
  const strong = modules.filter((set) => !modules.some((other) => overlap(set, other)))
  return groupSingles(nest(states, strong))

  function isModule(set: States): boolean {
    const outside = states.filter((state) => !set.includes(state))
    return outside.every((other) => {
      const into = set.filter((state) => joined.has(`${other} ${state}`)).length
      const out = set.filter((state) => joined.has(`${state} ${other}`)).length
      return [0, set.length].includes(into) && [0, set.length].includes(out)
    })
  }

  /** Beside other frames, a frame's single states get one of their own, if they are a module. */
  function groupSingles({ members }: Frame): Frame {
    const inner = members.map((member) => (isState(member) ? member : groupSingles(member)))
    const singles = inner.filter(isState)
    if (singles.length < 2 || singles.length === inner.length || !isModule(singles)) return { members: inner }
    const place = inner.findIndex(isState)
    return { members: inner.toSpliced(place, 1, { members: singles }).filter((member) => !isState(member)) }
  }
}

export function statesOf(tree: Tree): string[] {
  return isState(tree) ? [tree] : tree.members.flatMap(statesOf)
}

export function isState(tree: Tree): tree is string {
  return typeof tree === 'string'
}

function overlap(a: States, b: States): boolean {
  const shared = a.filter((state) => b.includes(state)).length
  return shared > 0 && shared < a.length && shared < b.length
}

function nest(states: States, sets: readonly States[]): Frame {
  const within = (outer: States) =>
    sets.filter((set) => set.length < outer.length && set.every((state) => outer.includes(state)))
  const largest = sets.filter((set) => !sets.some((outer) => within(outer).includes(set)))
  const members = states.flatMap((state): Tree[] => {
    const set = largest.find((one) => one.includes(state))
    if (!set) return [state]
    return set[0] === state ? [nest(set, within(set))] : []
  })
  return { members }
}
