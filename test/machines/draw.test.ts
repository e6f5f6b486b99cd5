import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { drawingFile } from '../../dev/draw.ts'
import { drawStatechart } from '../../machines/draw.ts'
import { lifecycleOf, MACHINES } from '../support/lifecycles.ts'

it.each(MACHINES)(
  'the drawing of the %s statechart is the machine’s own (else run `npm run draw`)',
  async (machine) => {
    expect(await readFile(drawingFile(machine), 'utf8')).toBe(drawStatechart(lifecycleOf(machine)))
  },
)

it('marks the states an instance is in', () => {
  const drawing = drawStatechart(lifecycleOf('account'), { connection: 'connected', hold: 'held' })
  expect(drawing.match(/class="state active"/g)).toHaveLength(2)
})
