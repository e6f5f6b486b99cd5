/**
 * A lifecycle's statechart as SVG, drawn from the machine itself: its regions side by side, and in each state what it
 * forbids and which events lead out of it. With `active`, the states an instance is in stand out.
 */
import type { AnyStateNode } from 'xstate'
import type { RegionStates, StateMeta } from './gates.ts'
import type { AnyLifecycle } from './lifecycles.ts'

const WIDTH = 232
const GAP = 14
const PAD = 10
const LINE = 15
const HEAD = 44

const LEGEND = '●  closes these gates, for the reason below      ○  closes them while the facts say so'

interface Line {
  text: string
  kind: 'closes' | 'may close' | 'event'
}

interface Box {
  state: string
  lines: Line[]
  y: number
  height: number
}

export function drawStatechart({ name, machine }: AnyLifecycle, active: RegionStates = {}): string {
  const regions = Object.entries(machine.states).map(([region, node], column) => ({
    region,
    x: GAP + column * (WIDTH + GAP),
    boxes: stack(statesOf(node)),
    byFacts: node.transitions.has('facts.changed'),
  }))
  const bottom = Math.max(...regions.flatMap(({ boxes }) => boxes.map((box) => box.y + box.height)))
  const height = bottom + GAP + LINE * 2
  const width = GAP + regions.length * (WIDTH + GAP)
  const columns = regions.map(({ region, x, boxes, byFacts }) =>
    [
      text(x, 26, region, 'region'),
      text(x, 39, byFacts ? 'the first that Stripe’s facts bear out' : 'moved by command', 'note'),
      ...boxes.map((box) => drawBox(box, x, active[region] === box.state)),
    ].join('\n'),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The ${name} statechart">
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}"/>
${columns.join('\n')}
${text(GAP, bottom + GAP + LINE, LEGEND, 'note')}
</svg>
`
}

/** In the order in which they are tried, which is the order of what outranks what. */
function statesOf(region: AnyStateNode): [string, AnyStateNode][] {
  const tried = (region.transitions.get('facts.changed') ?? []).flatMap(({ target }) => target ?? [])
  const ordered = [...new Set([...tried, ...Object.values(region.states)])]
  return ordered.map((node) => [node.key, node])
}

function stack(states: readonly [string, AnyStateNode][]): Box[] {
  let y = HEAD + 8
  return states.map(([state, node]) => {
    const lines = linesOf(node)
    const height = PAD * 2 + LINE * (lines.length + 1) - 4
    const box = { state, lines, y, height }
    y += height + 8
    return box
  })
}

function linesOf(node: AnyStateNode): Line[] {
  const { closes } = node.meta as StateMeta
  const codes = new Map<string, { gates: Set<string>; always: boolean }>()
  for (const { code, gates, when } of closes) {
    const known = codes.get(code) ?? { gates: new Set(), always: false }
    for (const gate of gates) known.gates.add(gate)
    codes.set(code, { gates: known.gates, always: known.always || when === undefined })
  }
  const closed = [...codes].flatMap(([code, { gates, always }]): Line[] => [
    { text: `${always ? '●' : '○'} ${[...gates].join(' ')}`, kind: always ? 'closes' : 'may close' },
    { text: `   ${code}`, kind: always ? 'closes' : 'may close' },
  ])
  const events = [...node.transitions]
    .filter(([event]) => event !== 'facts.changed')
    .map(([event, [transition]]): Line => {
      const [target] = transition?.target ?? []
      return { text: target ? `${event} → ${target.key}` : `takes ${event}`, kind: 'event' }
    })
  return [...closed, ...events]
}

function drawBox({ state, lines, y, height }: Box, x: number, isActive: boolean): string {
  return [
    `<rect class="state${isActive ? ' active' : ''}" x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="7"/>`,
    text(x + PAD, y + PAD + 9, state, 'name'),
    ...lines.map((line, index) =>
      text(x + PAD, y + PAD + 9 + LINE * (index + 1), line.text, line.kind.replace(' ', '-')),
    ),
  ].join('\n')
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x}" y="${y}" xml:space="preserve">${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

const STYLE = `
.ground{fill:#fff}
.state{fill:#f6f7f9;stroke:#c9ced6}
.active{fill:#e5f0ff;stroke:#2563eb;stroke-width:2}
text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1f2937}
.region{font-size:15px;font-weight:700}
.note{font-size:10.5px;fill:#6b7280}
.name{font-weight:600;font-size:13px}
.closes{fill:#b42318;font-size:11px}
.may-close{fill:#92620a;font-size:11px}
.event{fill:#475467;font-size:11px}
`
