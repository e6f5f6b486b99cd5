/**
 * Rows by id, each owned by one account. Values are never mutated, only replaced: an event may therefore keep a
 * reference to the object as it was, and a hundred thousand accounts may share the parts that are the same.
 */
export interface Table<T> {
  insert(owner: string, id: string, value: T): T
  replace(id: string, value: T): T
  remove(id: string): void
  get(id: string): T | undefined
  /** Only when that account owns it: what `Stripe-Account` means. */
  owned(owner: string, id: string): T | undefined
  ownerOf(id: string): string | undefined
  /** Ids in the order they were created; everybody's, if the owner is `EVERYBODY`. */
  ids(owner: string): readonly string[]
  /** Where an id stands in `ids(owner)`, or -1. */
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

const NONE: readonly string[] = []

/** Stands for all owners together. Slower than one: only what a switch allows is ever listed so. */
export const EVERYBODY = '*'

export function createTable<T>(initial: readonly TableRow<T>[] = []): Table<T> {
  const rows = new Map<string, Row<T>>()
  const owners = new Map<string, string[]>()
  let seq = 0

  const insert = (owner: string, id: string, value: T) => {
    if (rows.has(id)) throw new Error(`two rows with the id ${id}`)
    rows.set(id, { seq: ++seq, owner, value })
    const ids = owners.get(owner)
    if (ids === undefined) owners.set(owner, [id])
    else ids.push(id)
    return value
  }
  for (const row of initial) insert(row.owner, row.id, row.value)

  const position = (owner: string, id: string) => {
    if (owner === EVERYBODY) return [...rows.keys()].indexOf(id)
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
      if (row === undefined) throw new Error(`no row with the id ${id}`)
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
    ids: (owner) => (owner === EVERYBODY ? [...rows.keys()] : (owners.get(owner) ?? NONE)),
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
