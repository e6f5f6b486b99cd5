/**
 * Records a stored instance for every state of every machine, as this build stores it: `npm run record-states`. What is
 * recorded stays, as a later build must still be able to read it. With `--again`, the present version is recorded anew,
 * which is right as long as no build that stores it has run anywhere.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { lifecycleOf, MACHINES, type MachineName } from './support/lifecycles.ts'
import { histories } from './support/convergence/history.ts'
import { ours } from './support/convergence/ours.ts'
import { play } from './support/convergence/play.ts'
import { hasConnection, partsOf } from './support/convergence/shape.ts'

const FOLDER = new URL('fixtures/stored/', import.meta.url)
const HISTORIES = 40_000
const LATE = 8e12
const isAgain = process.argv.includes('--again')

/** What no look at Stripe brings about. */
const OWN_EVENTS: { [M in MachineName]: readonly object[] } = {
  account: [
    { type: 'onboarding.link_minted', at: 1 },
    { type: 'operator.held', reason: 'a second look', by: 'operator', at: 1 },
  ],
  payment: [{ type: 'clock.reached', at: LATE }],
  payout: [{ type: 'clock.reached', at: LATE }],
}

for (const machine of MACHINES) {
  const { version, states } = { version: lifecycleOf(machine).version, states: statesOf(machine) }
  const folder = new URL(`${machine}/v${version}/`, FOLDER)
  if (isAgain) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const missing = new Set(states.filter((state) => !existsSync(new URL(`${state}.json`, folder))))
  for (const history of fc.sample(histories(machine), { numRuns: HISTORIES, seed: version })) {
    if (missing.size === 0) break
    for (const stored of livesOf(machine, history)) {
      const found = [...missing].find((state) => isIn(stored.value, state))
      if (found === undefined) continue
      missing.delete(found)
      writeFileSync(new URL(`${found}.json`, folder), `${JSON.stringify(stored, null, 2)}\n`)
    }
  }
  if (missing.size > 0) throw new Error(`never reached: ${[...missing].join(', ')}`)
  console.log(`${machine} v${version}: ${states.length} states`)
}

/** `region.state`. */
export function statesOf(machine: MachineName): string[] {
  return Object.entries(lifecycleOf(machine).machine.states).flatMap(([region, { states }]) =>
    Object.keys(states).map((state) => `${region}.${state}`),
  )
}

function isIn(value: Record<string, string>, state: string): boolean {
  return Object.entries(value).some(([region, active]) => `${region}.${active}` === state)
}

/** Where a history ends, and where what only we do takes it from there. */
function livesOf(machine: MachineName, history: Parameters<typeof play>[1]) {
  const receiver = ours(machine)
  play({ parts: partsOf(machine), connection: hasConnection(machine) }, history, receiver)
  const live = receiver.live()
  if (!live) return []
  const further = OWN_EVENTS[machine].map((event) => lifecycleOf(machine).step(live, event as never).live)
  return [live, ...further]
}
