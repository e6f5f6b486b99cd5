/**
 * What is done with Stripe's events elsewhere, as receivers of the same histories. Each is given what a careful platform
 * has: an event is handled once, and every piece of truth, and every member of a collection, has a row of its own.
 */
import type { Heard, Receiver } from './play.ts'
import type { Sight } from './truth.ts'

/** What is stored of a piece or of a member, and the second it is of. A member that is gone keeps its row. */
interface Row {
  value: unknown
  second: number
}

type Members = Map<string, Row>

interface Question {
  isOwed: boolean
}

export interface Naive extends Receiver<Question> {
  /** By part; undefined: nothing was ever heard. */
  stored: () => Record<string, any> | undefined
}

/** Whatever comes last is kept. */
export const lastWriteWins = (): Naive => storing(() => true)

/** Only what is of a later second than what is kept. */
export const createdOnly = (): Naive => storing((row, second) => second > row.second)

/** An event is a bell: Stripe is asked, and whichever answer comes last is kept. */
export function fetchOnEvent(): Naive {
  const store = storing(() => true)
  return {
    ...store,
    hear: (event) => (store.isNew(event) ? [0] : []),
    ask: (isOwed) => ({ isOwed }),
  }
}

/** The same under a lock: one question at a time, and one more for all that was heard meanwhile. */
export function fetchInTurn(): Naive {
  const store = storing(() => true)
  const state = { isAsking: false, isRung: false }
  return {
    ...store,
    hear(event) {
      if (!store.isNew(event)) return []
      state.isRung = true
      return [0]
    },
    ask(isOwed) {
      if (!isOwed) return { isOwed }
      if (state.isAsking || !state.isRung) return null
      state.isAsking = true
      state.isRung = false
      return { isOwed }
    },
    take(answer) {
      store.take(answer)
      if (answer.question.isOwed) state.isAsking = false
      return state.isRung ? [0] : []
    },
  }
}

/** Writes what is shown into rows. `gives`: whether a row gives way to what is of this second. */
function storing(gives: (row: Row, second: number) => boolean): Naive & { isNew: (event: Heard) => boolean } {
  const handled = new Set<string>()
  const rows = new Map<string, Row | Members>()

  function put<R>(into: Map<string, R | Row>, key: string, next: Row): void {
    const known = into.get(key) as Row | undefined
    if (!known || gives(known, next.second)) into.set(key, next)
  }

  function write(observation: Sight, second: number): void {
    for (const [name, sight] of Object.entries(observation)) {
      if (!isCollection(sight)) {
        put(rows, name, { value: sight, second })
        continue
      }
      const members = (rows.get(name) as Members | undefined) ?? new Map<string, Row>()
      const gone = sight.all ? [...members.keys()].filter((id) => !Object.hasOwn(sight.items, id)) : []
      for (const id of gone) put(members, id, { value: null, second })
      for (const [id, value] of Object.entries(sight.items)) put(members, id, { value, second })
      rows.set(name, members)
    }
  }

  function isNew({ id }: Heard): boolean {
    if (handled.has(id)) return false
    handled.add(id)
    return true
  }

  return {
    isNew,
    hear(event) {
      if (isNew(event)) write(event.observation, event.as_of.to)
      return []
    },
    // It never wants to look; what others asked Stripe it stores as well.
    ask: (isOwed) => ({ isOwed }),
    take({ observation, as_of }) {
      write(observation, as_of.to)
      return []
    },
    stored: () =>
      rows.size === 0
        ? undefined
        : Object.fromEntries(
            [...rows].map(([name, row]) => [
              name,
              row instanceof Map ? { items: Object.fromEntries(row) } : row,
            ]),
          ),
  }
}

function isCollection(sight: unknown): sight is { items: Record<string, unknown>; all: boolean } {
  return typeof sight === 'object' && sight !== null && 'items' in sight && 'all' in sight
}
