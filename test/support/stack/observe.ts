/** The state that a single fetch at the end would lead to, without any knowledge of earlier events. */
import { lifecycleOf, type MachineName } from '../lifecycles.ts'
import type { Deps } from '../../../src/deps.ts'
import { partsOf } from '../convergence/shape.ts'
import { INFORMATIONAL } from '../../../machines/account/facts.ts'

export interface StateAndFacts {
  states: Record<string, string>
  facts: Record<string, unknown>
}

const INPUT = { external_id: null, metadata: {}, fee_policy: null }

export async function fetchedState(
  deps: Deps,
  { machine, id, account }: { machine: MachineName; id: string; account: string },
): Promise<StateAndFacts> {
  const lifecycle = lifecycleOf(machine)
  const suspect = partsOf(machine).map(({ name }) => name)
  const events = await deps.lifecycles
    .adapterOf(machine)
    .fetch(deps, { id, account, seq: 0, context: null, suspect, isOwed: false, withDetails: true })
  const [first] = events
  if (!first) throw new Error(`the fetch of ${id} observed nothing`)
  const { live } = lifecycle.begin({ ...INPUT, id, account }, first.event)
  return stateAndFacts(machine, live)
}

/** The states and facts that depend on Stripe's objects alone, without their times. */
export function stateAndFacts(
  machine: MachineName,
  { value, context }: { value: Record<string, string>; context: unknown },
): StateAndFacts {
  const { facts } = context as { facts: Record<string, any> }
  const known = partsOf(machine).filter(({ name }) => machine !== 'account' || !isOurs(name))
  return {
    states: Object.fromEntries(Object.entries(value).filter(([region]) => !OURS[machine].includes(region))),
    facts: Object.fromEntries(
      known.map(({ name, isMany }) => {
        if (!isMany) return [name, facts[name]?.value ?? null]
        const items = Object.entries(facts[name].items as Record<string, { value: unknown }>)
        return [
          name,
          Object.fromEntries(
            items.flatMap(([member, { value: fact }]) => (fact === null ? [] : [[member, fact]])),
          ),
        ]
      }),
    ),
  }
}

/** Regions that no single fetch shows: operators decide `hold`, and `payouts` depends on earlier failures. */
const OURS: Record<MachineName, readonly string[]> = { account: ['hold', 'payouts'], payment: [], payout: [] }

function isOurs(name: string): boolean {
  return INFORMATIONAL.has(name) || name === 'payouts'
}
