/** The pictures of the statecharts: current, complete, legible, and lit where an instance is. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { drawingFile, drawingOf, layOut, layoutOf } from '../../dev/draw.ts'
import { chartOf } from '../../machines/drawing/chart.ts'
import { drawStatechart } from '../../machines/drawing/draw.ts'
import type { Area } from '../../machines/drawing/layout.ts'
import { lifecycleOf, MACHINES, type MachineName } from '../support/lifecycles.ts'

const lanesOf = async (machine: MachineName) => {
  const { regions } = chartOf(lifecycleOf(machine))
  return (await layoutOf(machine)).lanes.map((lane) => {
    const region = regions.find(({ name }) => name === lane.region)
    if (!region) throw new Error(`no region ${lane.region}`)
    return { lane, region }
  })
}
const inside = (inner: Area, outer: Area) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height
const overlap = (a: Area, b: Area) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

describe.each(MACHINES)('the drawing of the %s statechart', (machine) => {
  it('is the machine’s own (else run `npm run draw`)', async () => {
    expect(await layoutOf(machine)).toEqual(await layOut(machine))
    expect(await readFile(drawingFile(machine, 'statechart.svg'), 'utf8')).toBe(await drawingOf(machine))
  })

  it('has every region as a lane, every state as a box in it, and no two boxes over each other', async () => {
    const lanes = await lanesOf(machine)
    expect(lanes.map(({ region }) => region.name).toSorted()).toEqual(
      Object.keys(lifecycleOf(machine).machine.states).toSorted(),
    )
    for (const { lane, region } of lanes) {
      expect(Object.keys(lane.states).toSorted()).toEqual(region.states.map(({ name }) => name).toSorted())
      const boxes = Object.values(lane.states)
      expect(boxes.filter((box) => !inside(box, lane.area))).toEqual([])
      expect(
        boxes.filter((box, index) => boxes.slice(index + 1).some((other) => overlap(box, other))),
      ).toEqual([])
    }
    const areas = lanes.map(({ lane }) => lane.area)
    expect(areas.filter((one, index) => areas.slice(index + 1).some((other) => overlap(one, other)))).toEqual(
      [],
    )
  })

  it('has a line for every edge, and for nothing else', async () => {
    for (const { lane, region } of await lanesOf(machine)) {
      const drawn = [
        ...lane.lines.flatMap(({ edges, back }) => [...edges, ...back]),
        ...lane.to_any.flatMap((from) =>
          region.states.flatMap(({ name }) => (name === from ? [] : [[from, name] as const])),
        ),
      ].map(([from, to]) => `${from} ${to}`)
      expect(drawn.toSorted()).toEqual(region.edges.map(({ from, to }) => `${from} ${to}`).toSorted())
    }
  })

  it('says what each state closes, in words too', async () => {
    const drawing = await drawingOf(machine)
    const description = /<desc[^>]*>(.*)<\/desc>/s.exec(drawing)?.[1] ?? ''
    for (const { region } of await lanesOf(machine))
      for (const { name, closures } of region.states) {
        expect(drawing).toContain(`>${name}</text>`)
        expect(description).toContain(name)
        for (const { code, gates } of closures) {
          expect(drawing).toContain(`>${code}</text>`)
          expect(description).toContain(`${gates.join(', ')} (${code})`)
        }
      }
    expect(drawing).toContain(`<title id="${machine}-title">The ${machine} statechart</title>`)
  })

  it('fits a page of 800 px, and has no text of less than 11 px', async () => {
    const drawing = await drawingOf(machine)
    expect(drawing).toContain('viewBox="0 0 800 ')
    const sizes = [...drawing.matchAll(/font(?:-size)?:(\d+(?:\.\d+)?)px/g)].map(([, size]) => Number(size))
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11)
  })
})

describe('the drawing of an instance', () => {
  const value = {
    connection: 'connected',
    onboarding: 'enabled',
    charges: 'pending',
    payouts: 'on',
    hold: 'held',
  }
  const came = (drawing: string) => drawing.match(/<g class="line came/g) ?? []

  it('lights its states, and says them in words', async () => {
    const drawing = await drawingOf('account', { value })
    expect(drawing.match(/class="state active"/g)).toHaveLength(5)
    expect(drawing).toContain('charges (now pending)')
    expect(came(drawing)).toHaveLength(0)
  })

  it('draws the edge strong by which each region came, with a head only where it arrived', async () => {
    const drawing = await drawingOf('account', {
      value,
      from: { ...value, charges: 'inactive', hold: 'none' },
    })
    expect(came(drawing)).toHaveLength(2)
    const strong = [...drawing.matchAll(/<g class="line came">.*<\/g>/g)].map(([line]) => line)
    expect(strong.map((line) => line.match(/<polygon/g)?.length)).toEqual([1, 1])
    const back = await drawingOf('account', { value, from: { ...value, hold: 'none' } })
    const there = await drawingOf('account', { value: { ...value, hold: 'none' }, from: value })
    const headOf = (svg: string) => /<g class="line came">.*(<polygon[^>]*>)/.exec(svg)?.[1]
    expect(headOf(back)).not.toBe(headOf(there))
  })

  it('draws a dashed line where it came along no edge', async () => {
    const drawing = await drawingOf('account', { value, from: { ...value, charges: 'active' } })
    expect(drawing.match(/class="line came jump"/g)).toHaveLength(1)
  })

  it('leaves out a region that the picture does not know', async () => {
    const chart = chartOf(lifecycleOf('payout'))
    expect(drawStatechart({ ...chart, regions: [] }, await layoutOf('payout'))).not.toContain('class="lane"')
  })
})
