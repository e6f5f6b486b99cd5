/** Whether what is stored is Stripe's truth, both in one form: a piece's value, and what members there are by id. */
import { INFORMATIONAL } from '../../../machines/account/facts.ts'
import type { MachineName } from '../lifecycles.ts'
import { partsOf, type Part } from './shape.ts'
import type { Truth } from './truth.ts'

export function factsOf(machine: MachineName, facts: Record<string, any>): Record<string, unknown> {
  return Object.fromEntries(
    decidingPartsOf(machine).map(({ name, isMany }) => {
      if (!isMany) return [name, facts[name]?.value]
      const items = Object.entries(facts[name].items as Record<string, { value: unknown }>)
      return [
        name,
        Object.fromEntries(items.flatMap(([id, { value }]) => (value === null ? [] : [[id, value]]))),
      ]
    }),
  )
}

export function truthOf(machine: MachineName, truth: Truth): Record<string, unknown> {
  return Object.fromEntries(
    decidingPartsOf(machine).map(({ name, isMany }) => {
      const value = truth.parts.get(name)
      return [name, isMany ? Object.fromEntries(value as Map<string, unknown>) : value]
    }),
  )
}

/** Of what only explains, one of two that cannot be ordered is kept, which need not be the last. */
function decidingPartsOf(machine: MachineName): readonly Part[] {
  return partsOf(machine).filter(({ name }) => machine !== 'account' || !INFORMATIONAL.has(name))
}
