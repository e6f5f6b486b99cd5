/**
 * Rows by id, each with one owner account. Values are replaced, never mutated: an event can keep a reference to an old
 * version of an object, and accounts can share equal parts.
 */
export interface Table<T> {
  insert(owner: string, id: string, value: T): T
  replace(id: string, value: T): T
  remove(id: string): void
  get(id: string): T | undefined
  /** The value, if that account owns it. The `Stripe-Account` header selects the owner. */
  owned(owner: string, id: string): T | undefined
  ownerOf(id: string): string | undefined
  /** The owner's ids in the order of creation, or all ids for `ALL_OWNERS`. */
  ids(owner: string): readonly string[]
  /** The index of an id in `ids(owner)`, or -1. */
  position(owner: string, id: string): number
  values(): IterableIterator<T>
  readonly size: number
  dump(): readonly TableRow<T>[]
}

export interface TableRow<T> {
  readonly id: string
  readonly owner: string
  readonly value: T
}

interface Row<T> {
  readonly seq: number
  readonly owner: string
  value: T
}

const NO_IDS: readonly string[] = []

/** Selects the rows of all owners. Slow: only a list that a switch allows uses it. */
export const ALL_OWNERS = '*'

export function createTable<T>(initial: readonly TableRow<T>[] = []): Table<T> {
  const rows = new Map<string, Row<T>>()
  const owners = new Map<string, string[]>()
  let seq = 0

  const insert = (owner: string, id: string, value: T) => {
    if (rows.has(id)) throw new Error(`There are two rows with the id ${id}.`)
    rows.set(id, { seq: ++seq, owner, value })
    const ids = owners.get(owner)
    if (ids === undefined) owners.set(owner, [id])
    else ids.push(id)
    return value
  }
  for (const row of initial) insert(row.owner, row.id, row.value)

  const position = (owner: string, id: string) => {
    if (owner === ALL_OWNERS) return [...rows.keys()].indexOf(id)
    const ids = owners.get(owner)
    const wanted = rows.get(id)?.seq
    if (ids === undefined || wanted === undefined) return -1
    let [low, high] = [0, ids.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = rows.get(ids[middle] ?? '')?.seq ?? 0
      if (found === wanted) return middle
      if (found < wanted) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  return {
    insert,
    replace(id, value) {
      const row = rows.get(id)
      if (row === undefined) throw new Error(`There is no row with the id ${id}.`)
      row.value = value
      return value
    },
    remove(id) {
      const row = rows.get(id)
      if (row === undefined) return
      const at = position(row.owner, id)
      if (at >= 0) owners.get(row.owner)?.splice(at, 1)
      rows.delete(id)
    },
    get: (id) => rows.get(id)?.value,
    owned(owner, id) {
      const row = rows.get(id)
      return row?.owner === owner ? row.value : undefined
    },
    ownerOf: (id) => rows.get(id)?.owner,
    ids: (owner) => (owner === ALL_OWNERS ? [...rows.keys()] : (owners.get(owner) ?? NO_IDS)),
    position,
    *values() {
      for (const row of rows.values()) yield row.value
    },
    get size() {
      return rows.size
    },
    dump: () => [...rows].map(([id, row]) => ({ id, owner: row.owner, value: row.value })),
  }
}
