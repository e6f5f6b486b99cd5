/** What the signs of a picture mean, below it. */
import type { Chart } from './chart.ts'
import { chip, join, text } from './shapes.ts'

const LINES = 18
export const legendHeight = (isOfInstance: boolean) => (isOfInstance ? 4 : 3) * LINES + 14

export function legend(y: number, { regions }: Chart, isOfInstance: boolean): string {
  const closes = regions.some(({ states }) => states.some(({ closures }) => closures.length > 0))
  const gate = (x: number, always: boolean) =>
    chip({ x, y: y + 5, width: 47, height: 16, text: 'charge', always })
  return join([
    ...(closes
      ? [
          gate(14, true),
          text(68, y + 17, 'the state closes this gate', 'note'),
          gate(232, false),
          text(286, y + 17, 'it closes it while the facts say so', 'note'),
        ]
      : [text(14, y + 17, 'No state here closes a gate: gates are the account’s.', 'note')]),
    text(14, y + 17 + LINES, 'An arrow at a frame stands for each state in it.', 'note'),
    text(
      14,
      y + 17 + 2 * LINES,
      'Facts may also move an instance along no arrow. The history records such a move as skipped.',
      'note',
    ),
    ...(isOfInstance
      ? [
          text(
            14,
            y + 17 + 3 * LINES,
            'A dot marks where the instance is. A thick arrow is the edge it came by; a dashed one was along none.',
            'note',
          ),
        ]
      : []),
  ])
}
