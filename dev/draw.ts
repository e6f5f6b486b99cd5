/** `npm run draw`: draws each machine's statechart into its folder, where the README shows it. */
import { writeFile } from 'node:fs/promises'
import { drawStatechart } from '../machines/draw.ts'
import { lifecycles } from '../src/lifecycles.ts'

export function drawingFile(machine: string): URL {
  return new URL(`../machines/${machine}/statechart.svg`, import.meta.url)
}

if (import.meta.main) {
  const { machines, lifecycleOf } = lifecycles
  await Promise.all(
    machines.map((machine) => writeFile(drawingFile(machine), drawStatechart(lifecycleOf(machine)))),
  )
  console.log(`Drew ${machines.join(', ')}.`)
}
