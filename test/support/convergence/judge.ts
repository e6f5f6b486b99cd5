/** Brings stored facts and Stripe's truth into one comparable form: values, and members by id. */
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

/** Of two informational values of one second either may be kept, so they are not compared. */
function decidingPartsOf(machine: MachineName): readonly Part[] {
  return partsOf(machine).filter(({ name }) => machine !== 'account' || !INFORMATIONAL.has(name))
}
