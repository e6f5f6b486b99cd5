/** What somebody sees who looks at Stripe once, in the end, and knows nothing of what came before. */
import { lifecycleOf, type MachineName } from '../lifecycles.ts'
import type { Deps } from '../../../src/deps.ts'
import { partsOf } from '../convergence/shape.ts'
import { INFORMATIONAL } from '../../../machines/account/facts.ts'

export interface Believed {
  states: Record<string, string>
  facts: Record<string, unknown>
}

const INPUT = { external_id: null, metadata: {}, fee_policy: null }

export async function observed(
  deps: Deps,
  { machine, id, account }: { machine: MachineName; id: string; account: string },
): Promise<Believed> {
  const lifecycle = lifecycleOf(machine)
  const suspect = partsOf(machine).map(({ name }) => name)
  const events = await deps.lifecycles
    .adapterOf(machine)
    .fetch(deps, { id, account, seq: 0, context: null, suspect, isOwed: false, withDetails: true })
  const [first] = events
  if (!first) throw new Error(`nothing was seen of ${id}`)
  const { live } = lifecycle.begin({ ...INPUT, id, account }, first.event)
  return believed(machine, live)
}

/** States and facts that follow from Stripe's truth alone, without their times. */
export function believed(
  machine: MachineName,
  { value, context }: { value: Record<string, string>; context: unknown },
): Believed {
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
            items.flatMap(([member, { value: observation }]) =>
              observation === null ? [] : [[member, observation]],
            ),
          ),
        ]
      }),
    ),
  }
}

/** What operators decided, or what is remembered of payouts that went wrong, no single look shows. */
const OURS: Record<MachineName, readonly string[]> = { account: ['hold', 'payouts'], payment: [], payout: [] }

function isOurs(name: string): boolean {
  return INFORMATIONAL.has(name) || name === 'payouts'
}
