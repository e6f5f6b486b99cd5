/**
 * Naive approaches to Stripe's events, as receivers of the same histories. Each has what a careful platform
 * has: it handles an event once, and keeps a row for every piece and for every member of a collection.
 */
import type { DeliveredEvent, Receiver } from './play.ts'
import type { Shown } from './truth.ts'

/** A stored piece or member, and its second. A gone member keeps its row. */
interface Row {
  value: unknown
  second: number
}

type Members = Map<string, Row>

interface Question {
  isOwed: boolean
}

export interface Naive extends Receiver<Question> {
  /** By part; undefined: no event ever came. */
  stored: () => Record<string, any> | undefined
}

/** The last event to arrive is kept. */
export const lastWriteWins = (): Naive => storing(() => true)

/** Only an event of a later second replaces a row. */
export const createdOnly = (): Naive => storing((row, second) => second > row.second)

/** Every event causes a fetch, and the last answer to arrive is kept. */
export function fetchOnEvent(): Naive {
  const store = storing(() => true)
  return {
    ...store,
    onEvent: (event) => (store.isNew(event) ? [0] : []),
    onFetchStart: (isOwed) => ({ isOwed }),
  }
}

/** The same under a lock: one fetch at a time, and one more for all events that came meanwhile. */
export function fetchInTurn(): Naive {
  const store = storing(() => true)
  const state = { isAsking: false, isRung: false }
  return {
    ...store,
    onEvent(event) {
      if (!store.isNew(event)) return []
      state.isRung = true
      return [0]
    },
    onFetchStart(isOwed) {
      if (!isOwed) return { isOwed }
      if (state.isAsking || !state.isRung) return null
      state.isAsking = true
      state.isRung = false
      return { isOwed }
    },
    onAnswer(answer) {
      store.onAnswer(answer)
      if (answer.question.isOwed) state.isAsking = false
      return state.isRung ? [0] : []
    },
  }
}

/** Writes observations into rows. `gives`: whether an observation of that second replaces the row. */
function storing(
  gives: (row: Row, second: number) => boolean,
): Naive & { isNew: (event: DeliveredEvent) => boolean } {
  const handled = new Set<string>()
  const rows = new Map<string, Row | Members>()

  function put<R>(into: Map<string, R | Row>, key: string, next: Row): void {
    const known = into.get(key) as Row | undefined
    if (!known || gives(known, next.second)) into.set(key, next)
  }

  function write(observation: Shown, second: number): void {
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

  function isNew({ id }: DeliveredEvent): boolean {
    if (handled.has(id)) return false
    handled.add(id)
    return true
  }

  return {
    isNew,
    onEvent(event) {
      if (isNew(event)) write(event.observation, event.as_of.to)
      return []
    },
    // It never owes a fetch, but stores the answers of the history's own fetches.
    onFetchStart: (isOwed) => ({ isOwed }),
    onAnswer({ observation, as_of }) {
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
