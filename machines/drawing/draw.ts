/**
 * A statechart as SVG: regions as lanes, states as boxes with the gates they close, edges as arrows. With an instance, its
 * states are lit, and so is the edge by which each came. Pure: where everything is, the layout says.
 */
import type { RegionStates } from '../gates.ts'
import { boxOf, PAD, type BoxLine } from './box.ts'
import type { Chart, ChartRegion, ChartState, Edge } from './chart.ts'
import type { Area, Lane, Layout, Line } from './layout.ts'
import { describeChart } from './describe.ts'
import { legend, legendHeight } from './legend.ts'
import { centre, chip, edgeTowards, head, join, path, rect, text } from './shapes.ts'
import { STYLE } from './style.ts'

/** Of one instance: the state of each region, and those before its latest move. */
export interface InstanceStates {
  value: RegionStates
  from?: RegionStates | null
}

export function drawStatechart(chart: Chart, layout: Layout, instance?: InstanceStates): string {
  const { width, height } = layout
  const lanes = layout.lanes.flatMap((lane) => {
    const region = chart.regions.find(({ name }) => name === lane.region)
    return region ? [drawLane(region, lane, instance)] : []
  })
  const [title, description] = describeChart(chart, instance?.value)
  const total = height + legendHeight(instance !== undefined)
  return join([
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" class="statechart${instance ? ' of-instance' : ''}" role="img" aria-labelledby="${chart.machine}-title ${chart.machine}-desc">`,
    `<title id="${chart.machine}-title">${title}</title>`,
    `<desc id="${chart.machine}-desc">${description}</desc>`,
    `<style>${STYLE}</style>`,
    rect({ x: 0, y: 0, width, height: total }, 'ground', 0),
    ...lanes,
    legend(height, chart, instance !== undefined),
    '</svg>\n',
  ])
}

function drawLane(region: ChartRegion, lane: Lane, instance: InstanceStates | undefined): string {
  const { area, frames, lines, states } = lane
  const active = instance?.value[region.name]
  const move = moveOf(region.name, instance)
  const strong = move && lines.find(({ edges, back }) => holds(edges, move) || holds(back, move))
  return join([
    rect(area, 'lane', 10),
    text(area.x + 12, area.y + 22, region.name, 'region'),
    text(area.x + area.width - 12, area.y + 22, region.isDerived ? '' : 'by command', 'note end'),
    ...frames.map((frame) => rect(frame, 'frame', 9)),
    ...lines.filter((line) => line !== strong).map((line) => drawLine(line)),
    ...(move ? [strong ? drawStrong(strong, move) : drawJump(states[move.from], states[move.to])] : []),
    ...region.states.map((state) => drawState(state, lane, state.name === active)),
  ])
}

function moveOf(region: string, instance: InstanceStates | undefined): Edge | null {
  const [from, to] = [instance?.from?.[region], instance?.value[region]]
  return from === undefined || to === undefined || from === to ? null : { from, to }
}

function holds(edges: Line['edges'], { from, to }: Edge): boolean {
  return edges.some((edge) => edge[0] === from && edge[1] === to)
}

function drawState(state: ChartState, { states, to_any }: Lane, isActive: boolean): string {
  const at = states[state.name]
  if (!at) return ''
  return join([
    rect(at, isActive ? 'state active' : 'state', 7),
    isActive ? `<circle class="dot" cx="${at.x + at.width - 11}" cy="${at.y + 14}" r="4"/>` : '',
    ...boxOf(state).lines.map((line) => drawText(line, at)),
    to_any.includes(state.name)
      ? text(at.x + at.width + 8, at.y + at.height / 2 + 4, '→ any state', 'note')
      : '',
  ])
}

function drawLine({ points, back }: Line): string {
  const heads = back.length > 0 ? [points, points.toReversed()] : [points]
  return `<g class="line">${path(points)}${heads.map(head).join('')}</g>`
}

/** The line by which the instance came, with a head only where it arrived. */
function drawStrong({ points, back }: Line, move: Edge): string {
  const way = holds(back, move) ? points.toReversed() : points
  return `<g class="line came">${path(way)}${head(way)}</g>`
}

/** Along no declared edge: the shortest way. */
function drawJump(from: Area | undefined, to: Area | undefined): string {
  if (!from || !to) return ''
  const way = [edgeTowards(from, centre(to)), edgeTowards(to, centre(from))]
  return `<g class="line came jump">${path(way)}${head(way)}</g>`
}

function drawText(line: BoxLine, { x, y }: Area): string {
  if (line.kind === 'chip') return chip({ ...line, x: x + line.x, y: y + line.y })
  return text(x + PAD, y + line.y, line.text, line.kind)
}
