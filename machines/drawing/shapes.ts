/** The shapes a picture is made of, as SVG. */
import type { Area } from './layout.ts'

export type XY = readonly [x: number, y: number]

const ROUND = 6
const HEAD = { length: 8, half: 4 }

export function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n')
}

export function text(x: number, y: number, content: string, kind: string): string {
  return content === '' ? '' : `<text class="${kind}" x="${at(x)}" y="${at(y)}">${escape(content)}</text>`
}

export function rect({ x, y, width, height }: Area, kind: string, radius: number): string {
  return `<rect class="${kind}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="${radius}"/>`
}

/** A gate's name: filled where the state always closes it, in a dashed outline where the facts decide. */
export function chip(area: Area & { text: string; always: boolean }): string {
  const kind = area.always ? 'always' : 'perhaps'
  const label = `<text class="gate ${kind}" x="${at(area.x + area.width / 2)}" y="${at(area.y + 12)}">${area.text}</text>`
  return rect(area, `chip ${kind}`, 4) + label
}

/** Straight pieces with round corners. */
export function path(points: readonly XY[]): string {
  const pieces = points.map((point, index) => {
    const [before, next] = [points[index - 1], points[index + 1]]
    if (!before) return `M${xy(point)}`
    if (!next) return `L${xy(point)}`
    return `L${xy(towards(point, before))}Q${xy(point)} ${xy(towards(point, next))}`
  })
  return `<path d="${pieces.join('')}"/>`
}

/** An arrow's head at the end of a line. */
export function head(points: readonly XY[]): string {
  const [from, to] = [points.at(-2), points.at(-1)]
  if (!from || !to) return ''
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length]
  const [bx, by] = [to[0] - dx * HEAD.length, to[1] - dy * HEAD.length]
  const corners: XY[] = [
    to,
    [bx - dy * HEAD.half, by + dx * HEAD.half],
    [bx + dy * HEAD.half, by - dx * HEAD.half],
  ]
  return `<polygon points="${corners.map(xy).join(' ')}"/>`
}

/** Where the line from the middle of the area to a point crosses the area's edge. */
export function edgeTowards(area: Area, point: XY): XY {
  const [cx, cy] = centre(area)
  const [dx, dy] = [point[0] - cx, point[1] - cy]
  const scale = Math.min(area.width / 2 / Math.abs(dx || 1e-9), area.height / 2 / Math.abs(dy || 1e-9))
  return [cx + dx * scale, cy + dy * scale]
}

export function centre({ x, y, width, height }: Area): XY {
  return [x + width / 2, y + height / 2]
}

export function escape(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

function towards([x, y]: XY, [tx, ty]: XY): XY {
  const length = Math.hypot(tx - x, ty - y) || 1
  const step = Math.min(ROUND, length / 2)
  return [x + ((tx - x) / length) * step, y + ((ty - y) / length) * step]
}

function xy([x, y]: XY): string {
  return `${at(x)},${at(y)}`
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}
