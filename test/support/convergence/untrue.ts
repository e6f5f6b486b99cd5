/**
 * Events that are not true, out of place or corrupt, of values that Stripe never takes back. Each contradicts a truthful
 * event in a way that can be told: one takes a final value back, the other says a final value that a newer event denies.
 */
import type { History, Step } from './history.ts'
import { isFinal, type Part } from './shape.ts'
import { memberId, membersOf, type Shown, type Truth } from './truth.ts'

export interface Untrue {
  kind: 'final value taken back' | 'final value denied by a newer event'
  observation: Shown
  created: number
}

/** When the newest truthful event of each piece was created, in Stripe's seconds. */
export class NewestEvents {
  readonly #seconds = new Map<string, number>()

  note(observation: Shown, created: number): void {
    for (const [name, shown] of Object.entries(observation)) {
      this.#seconds.set(name, created)
      const { items } = (shown ?? {}) as { items?: object }
      for (const id of Object.keys(items ?? {})) this.#seconds.set(`${name}.${id}`, created)
    }
  }

  of(piece: string): number | null {
    return this.#seconds.get(piece) ?? null
  }
}

/** Null: no such contradiction is possible now. */
export function untrueEvent(
  { truth, part, values }: { truth: Truth; part: Part; values: History['values'][number] },
  { member, value, age }: Extract<Step, { type: 'untrue' }>,
  { now, newest }: { now: number; newest: NewestEvents },
): Untrue | null {
  const id = memberId(part, member)
  const current = part.isMany ? membersOf(truth, part.name).get(id) : truth.parts.get(part.name)
  if (current === undefined || part.final === null) return null
  const shown = (said: unknown): Shown => ({
    [part.name]: part.isMany ? { items: { [id]: said }, all: false } : said,
  })
  if (isFinal(part, current)) {
    const other = values.find((one) => !isFinal(part, one))
    if (other === undefined) return null
    return { kind: 'final value taken back', observation: shown(other), created: Math.floor(now / 1000) }
  }
  const told = newest.of(part.isMany ? `${part.name}.${id}` : part.name)
  if (told === null || told < age) return null
  const final = { ...(values[value] as object), ...part.final }
  return { kind: 'final value denied by a newer event', observation: shown(final), created: told - age }
}
