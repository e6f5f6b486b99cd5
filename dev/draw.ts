/** `npm run draw`: lays out each machine's statechart with a graph library, and writes the layout and the picture beside it. */
import { readFile, writeFile } from 'node:fs/promises'
import { chartOf, type Chart } from '../machines/drawing/chart.ts'
import { drawStatechart, type InstanceStates } from '../machines/drawing/draw.ts'
import { Layout, type Lane } from '../machines/drawing/layout.ts'
import { lifecycles } from '../src/lifecycles.ts'
import { place, type Directions, type Placed } from './draw/place.ts'

const WIDTH = 800
const MARGIN = 12
const GAP = 10
const HEAD = 34
const PAD = 12

const DOWN: Directions = { outer: 'DOWN', inner: 'RIGHT' }
const ACROSS: Directions = { outer: 'RIGHT', inner: 'DOWN' }

/** Rows of columns of regions. A machine that is not named here has one row, and a column for each region. */
const PLACES: Record<string, string[][][]> = {
  account: [[['onboarding']], [['connection'], ['charges'], ['payouts'], ['hold']]],
  payment: [[['payment'], ['refund', 'dispute', 'fee']]],
}
/** Regions go down, but for these. */
const DIRECTIONS: Record<string, Directions> = {
  'account.onboarding': ACROSS,
  'account.charges': { outer: 'DOWN', inner: 'DOWN' },
  'payment.refund': ACROSS,
  'payment.dispute': ACROSS,
  'payout.payout': ACROSS,
}

export function drawingFile(machine: string, name: 'statechart.svg' | 'layout.json'): URL {
  return new URL(`../machines/${machine}/${name}`, import.meta.url)
}

/** The committed layout. */
export async function layoutOf(machine: string): Promise<Layout> {
  return Layout.parse(JSON.parse(await readFile(drawingFile(machine, 'layout.json'), 'utf8')))
}

/** The picture by the committed layout; with an instance, its states lit. */
export async function drawingOf(machine: string, instance?: InstanceStates): Promise<string> {
  return drawStatechart(chartOf(lifecycles.lifecycleOf(machine)), await layoutOf(machine), instance)
}

export async function layOut(machine: string): Promise<Layout> {
  const chart = chartOf(lifecycles.lifecycleOf(machine))
  const rows = PLACES[machine] ?? [chart.regions.map(({ name }) => [name])]
  const placed = new Map(
    await Promise.all(chart.regions.map(async ({ name }) => [name, await placeRegion(chart, name)] as const)),
  )
  const sizeOf = (name: string) => placed.get(name) ?? { width: 0, height: 0 }
  const lanes: Lane[] = []
  let y = MARGIN
  for (const row of rows) {
    const widths = row.map((column) => Math.max(...column.map((name) => sizeOf(name).width)))
    const heights = row.map(
      (column) => sum(column.map((name) => sizeOf(name).height + HEAD + PAD + GAP)) - GAP,
    )
    const free = WIDTH - 2 * MARGIN - GAP * (row.length - 1) - sum(widths)
    if (free < 2 * PAD * row.length)
      throw new Error(`too wide by ${2 * PAD * row.length - free} px: ${row.join(', ')}`)
    let x = MARGIN
    for (const [index, column] of row.entries()) {
      const width = (widths[index] ?? 0) + free / row.length
      const spare = (Math.max(...heights) - (heights[index] ?? 0)) / column.length
      let top = y
      for (const name of column) {
        const height = sizeOf(name).height + HEAD + PAD + spare
        const region = placed.get(name)
        if (region) lanes.push(laneOf(name, region, { x, y: top, width, height }))
        top += height + GAP
      }
      x += width + GAP
    }
    y += Math.max(...heights) + GAP
  }
  return { width: WIDTH, height: round(y), lanes }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

async function placeRegion(chart: Chart, name: string): Promise<Placed> {
  const region = chart.regions.find((one) => one.name === name)
  if (!region) throw new Error(`${chart.machine} has no region ${name}`)
  return place(region, DIRECTIONS[`${chart.machine}.${name}`] ?? DOWN)
}

/** In the middle of its lane. */
function laneOf(region: string, placed: Placed, area: Lane['area']): Lane {
  const [dx, dy] = [area.x + (area.width - placed.width) / 2, area.y + HEAD]
  const moved = <A extends Lane['area']>(one: A) => rounded({ ...one, x: one.x + dx, y: one.y + dy })
  return {
    region,
    area: rounded(area),
    states: Object.fromEntries(Object.entries(placed.states).map(([state, one]) => [state, moved(one)])),
    frames: placed.frames.map(moved),
    lines: placed.lines.map((line) => ({
      ...line,
      points: line.points.map(([x, y]) => [round(x + dx), round(y + dy)] as [number, number]),
    })),
    to_any: placed.to_any,
  }
}

function rounded<A extends Lane['area']>(area: A): A {
  const { x, y, width, height } = area
  return { ...area, x: round(x), y: round(y), width: round(width), height: round(height) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** JSON with each box and each point on one line. */
function inFewLines(layout: Layout): string {
  const pretty = JSON.stringify(layout, null, 1)
  return `${pretty.replace(/[{[][^{}[\]]*[}\]]/g, (part) => part.replace(/\s+/g, ' '))}\n`
}

if (import.meta.main) {
  await Promise.all(
    lifecycles.machines.map(async (machine) => {
      const layout = await layOut(machine)
      await writeFile(drawingFile(machine, 'layout.json'), inFewLines(layout))
      await writeFile(
        drawingFile(machine, 'statechart.svg'),
        drawStatechart(chartOf(lifecycles.lifecycleOf(machine)), layout),
      )
    }),
  )
  console.log(`Drew ${lifecycles.machines.join(', ')}.`)
}
