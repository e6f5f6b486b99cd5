/** `npm run draw`: writes each machine's statechart beside it, for the README and whoever opens the folder. */
import { writeFile } from 'node:fs/promises'
import { drawStatechart } from '../machines/draw.ts'
import { lifecycleOf, MACHINES, type MachineName } from '../machines/lifecycles.ts'

export function drawingFile(machine: MachineName): URL {
  return new URL(`../machines/${machine}/statechart.svg`, import.meta.url)
}

if (import.meta.main) {
  await Promise.all(
    MACHINES.map((machine) => writeFile(drawingFile(machine), drawStatechart(lifecycleOf(machine)))),
  )
  console.log(`Drew ${MACHINES.join(', ')}.`)
}
