import { createHeap } from './heap.ts'

/** Things booked for a time on Stripe's clock. What is due at the same time comes out in the order it was booked. */
export interface Schedule<T> {
  add(atMs: number, item: T): void
  nextAtMs(): number | undefined
  /** The earliest item due by then, removed. */
  takeDue(byMs: number): T | undefined
  readonly size: number
  dump(): readonly Booked<T>[]
}

export interface Booked<T> {
  readonly atMs: number
  readonly order: number
  readonly item: T
}

export function createSchedule<T>(initial: readonly Booked<T>[] = []): Schedule<T> {
  const heap = createHeap<Booked<T>>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
    initial,
  )
  let order = initial.reduce((highest, booked) => Math.max(highest, booked.order), 0)
  return {
    add(atMs, item) {
      order += 1
      heap.push({ atMs, order, item })
    },
    nextAtMs: () => heap.peek()?.atMs,
    takeDue(byMs) {
      const next = heap.peek()
      return next !== undefined && next.atMs <= byMs ? heap.pop()?.item : undefined
    },
    get size() {
      return heap.size
    },
    dump: () => heap.items(),
  }
}
