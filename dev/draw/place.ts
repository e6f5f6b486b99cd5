/** Places a region's boxes and lines with the graph library, each frame by itself and then as one box of the frame around it. */
import ElkConstructor, { type ElkNode } from 'elkjs/lib/elk.bundled.js'
import { boxOf } from '../../machines/drawing/box.ts'
import type { ChartRegion, Edge } from '../../machines/drawing/chart.ts'
import type { Area, Lane } from '../../machines/drawing/layout.ts'
import { frameOf, isState, statesOf, type Frame, type Tree } from './modules.ts'

export type Direction = 'DOWN' | 'RIGHT'

/** `outer`: of the region and of frames that hold frames; `inner`: of frames that hold only states. */
export interface Directions {
  outer: Direction
  inner: Direction
}

export type Placed = Omit<Lane, 'region' | 'area'> & { width: number; height: number }

const FRAME_PAD = 12
const elk = new ElkConstructor()

export async function place(region: ChartRegion, directions: Directions): Promise<Placed> {
  const names = region.states.map(({ name }) => name)
  const leavesTo = (state: string) => region.edges.filter(({ from }) => from === state).length
  const isReached = (state: string) => region.edges.some(({ to }) => to === state)
  const toAny = names.filter(
    (state) => !isReached(state) && leavesTo(state) === names.length - 1 && names.length > 2,
  )
  const edges = region.edges.filter(({ from }) => !toAny.includes(from))
  const sizes = new Map(region.states.map((state) => [state.name, boxOf(state)]))
  const tree = frameOf(
    names.filter((name) => !toAny.includes(name)),
    edges,
  )
  const main = await placeFrame(tree, { edges, sizes, directions, isRoot: true })
  let { width, height } = main
  for (const state of toAny) {
    const { width: wide, height: high } = sizes.get(state) ?? { width: 0, height: 0 }
    main.states[state] = { x: (Math.max(width, wide) - wide) / 2, y: height + 24, width: wide, height: high }
    height += 24 + high
    width = Math.max(width, wide)
  }
  return { ...main, width, height, to_any: toAny }
}

type Inner = Omit<Placed, 'to_any'>

interface Settings {
  edges: readonly Edge[]
  sizes: ReadonlyMap<string, { width: number; height: number }>
  directions: Directions
  isRoot: boolean
}

async function placeFrame(frame: Frame, settings: Settings): Promise<Inner> {
  const { edges, sizes, directions, isRoot } = settings
  const inner = new Map<Tree, Inner>()
  for (const member of frame.members) {
    if (isState(member)) continue
    // oxlint-disable-next-line no-await-in-loop
    inner.set(member, await placeFrame(member, { ...settings, isRoot: false }))
  }
  const holdsFrames = inner.size > 0
  const direction = isRoot || holdsFrames ? directions.outer : directions.inner
  // In a column, boxes are of one width.
  const widest = Math.max(...frame.members.filter(isState).map((state) => sizes.get(state)?.width ?? 0))
  const ids = frame.members.map((_, index) => `n${index}`)
  const joined = linesBetween(frame.members, edges)
  const graph: ElkNode = {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': direction,
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
      'elk.spacing.nodeNode': '18',
      'elk.layered.spacing.nodeNodeBetweenLayers': '30',
      'elk.spacing.edgeNode': '12',
      'elk.spacing.edgeEdge': '10',
      'elk.layered.spacing.edgeNodeBetweenLayers': '12',
      'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      'elk.layered.unnecessaryBendpoints': 'false',
    },
    children: frame.members.map((member, index) => {
      const size = isState(member) ? sizes.get(member) : inner.get(member)
      const width = isState(member) && direction === 'DOWN' ? widest : (size?.width ?? 0)
      return { id: ids[index] ?? '', width, height: size?.height ?? 0 }
    }),
    edges: joined.map(({ from, to }, index) => ({
      id: `e${index}`,
      sources: [ids[from] ?? ''],
      targets: [ids[to] ?? ''],
    })),
  }
  const laid = await elk.layout(graph)
  const pad = isRoot ? 0 : FRAME_PAD
  const result: Inner = {
    width: (laid.width ?? 0) + 2 * pad,
    height: (laid.height ?? 0) + 2 * pad,
    states: {},
    frames: [],
    lines: [],
  }
  for (const [index, member] of frame.members.entries()) {
    const { x = 0, y = 0, width = 0, height = 0 } = laid.children?.[index] ?? {}
    const area: Area = { x: x + pad, y: y + pad, width, height }
    const held = inner.get(member)
    if (isState(member)) result.states[member] = area
    if (!held) continue
    result.frames.push(area, ...held.frames.map((one) => moved(one, area)))
    for (const [state, one] of Object.entries(held.states)) result.states[state] = moved(one, area)
    for (const line of held.lines)
      result.lines.push({ ...line, points: line.points.map(([px, py]) => [px + area.x, py + area.y]) })
  }
  for (const [index, { there, back }] of joined.entries()) {
    const [section] = laid.edges?.[index]?.sections ?? []
    if (!section) continue
    const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]
    result.lines.push({
      edges: there.map(({ from, to }) => [from, to]),
      back: back.map(({ from, to }) => [from, to]),
      points: points.map(({ x, y }) => [x + pad, y + pad]),
    })
  }
  return result
}

/** One line between two members that lead to each other or one to the other; it stands for all the edges between them. */
function linesBetween(members: readonly Tree[], edges: readonly Edge[]) {
  const all = members.map(statesOf)
  const between = (a: readonly string[], b: readonly string[]) =>
    edges.filter(({ from, to }) => a.includes(from) && b.includes(to))
  return all.flatMap((a, from) =>
    all.flatMap((b, to) => {
      if (to <= from) return []
      const [there, back] = [between(a, b), between(b, a)]
      if (there.length > 0) return [{ from, to, there, back }]
      return back.length > 0 ? [{ from: to, to: from, there: back, back: [] }] : []
    }),
  )
}

function moved(area: Area, by: { x: number; y: number }): Area {
  return { ...area, x: area.x + by.x, y: area.y + by.y }
}
