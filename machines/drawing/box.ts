/** How a state's box is set out, in the px of a picture that is 800 wide. The layout needs its size, the picture its lines. */
import type { ChartState } from './chart.ts'

export const PAD = 9
const NAME_LINE = 18
const LINE = 16
const CHIP = 18
const CHIP_GAP = 4

/** Widths of one character, on the wide side: the picture is shown in whatever font the reader has. */
const NAME_EM = 7.2
const SMALL_EM = 6.1
const CHIP_PAD = 5
/** Room beside the name for the dot of an active state. */
const DOT = 14
/** As wide as the longest code; more gates than fit go on another line. */
const MOST_CHIPS = 136

export type BoxLine =
  | { kind: 'name' | 'code' | 'takes'; text: string; y: number }
  | { kind: 'chip'; text: string; always: boolean; x: number; y: number; width: number; height: number }

export interface Box {
  width: number
  height: number
  lines: BoxLine[]
}

export function boxOf({ name, closures, takes }: ChartState): Box {
  const lines: BoxLine[] = [{ kind: 'name', text: name, y: PAD + 12 }]
  let [y, width] = [PAD + NAME_LINE, name.length * NAME_EM + DOT]
  for (const { code, gates, always } of closures) {
    let x = 0
    y += 2
    for (const gate of gates) {
      const chip = gate.length * SMALL_EM + 2 * CHIP_PAD
      if (x > 0 && x + chip > MOST_CHIPS) {
        x = 0
        y += CHIP + 2
      }
      lines.push({ kind: 'chip', text: gate, always, x: PAD + x, y, width: chip, height: CHIP - 2 })
      x += chip + CHIP_GAP
      width = Math.max(width, x - CHIP_GAP)
    }
    y += CHIP + LINE - 2
    lines.push({ kind: 'code', text: code, y: y - 4 })
    width = Math.max(width, code.length * SMALL_EM)
  }
  for (const event of takes) {
    y += LINE
    lines.push({ kind: 'takes', text: `takes ${event}`, y: y - 4 })
    width = Math.max(width, (event.length + 6) * SMALL_EM)
  }
  return { width: Math.ceil(width) + 2 * PAD, height: y + PAD - 4, lines }
}
