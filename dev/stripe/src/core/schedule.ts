import TinyQueue from 'tinyqueue'

/** Items by due time on Stripe's clock. Items that are due at the same time keep the order in which they were added. */
export interface Schedule<T> {
  add(atMs: number, item: T): void
  nextAtMs(): number | undefined
  /** Removes and returns the earliest item that is due by then. */
  takeDue(byMs: number): T | undefined
  readonly size: number
  dump(): readonly Scheduled<T>[]
}

export interface Scheduled<T> {
  readonly atMs: number
  readonly order: number
  readonly item: T
}

export function createSchedule<T>(initial: readonly Scheduled<T>[] = []): Schedule<T> {
  const queue = new TinyQueue<Scheduled<T>>([...initial], (a, b) => a.atMs - b.atMs || a.order - b.order)
  let order = initial.reduce((highest, scheduled) => Math.max(highest, scheduled.order), 0)
  return {
    add(atMs, item) {
      order += 1
      queue.push({ atMs, order, item })
    },
    nextAtMs: () => queue.peek()?.atMs,
    takeDue(byMs) {
      const next = queue.peek()
      return next !== undefined && next.atMs <= byMs ? queue.pop()?.item : undefined
    },
    get size() {
      return queue.length
    },
    dump: () => queue.data,
  }
}
