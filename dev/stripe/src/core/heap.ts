/** A binary heap: what is due first comes out first. */
export interface Heap<T> {
  push(item: T): void
  peek(): T | undefined
  pop(): T | undefined
  readonly size: number
  items(): readonly T[]
}

export function createHeap<T>(before: (a: T, b: T) => boolean, initial: readonly T[] = []): Heap<T> {
  const items: T[] = []

  const rise = (start: number) => {
    let child = start
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!swapIf(child, parent)) return
      child = parent
    }
  }
  const sink = () => {
    let parent = 0
    for (;;) {
      const left = parent * 2 + 1
      const right = left + 1
      let first = parent
      if (isBefore(left, first)) first = left
      if (isBefore(right, first)) first = right
      if (first === parent) return
      swapIf(first, parent)
      parent = first
    }
  }
  const isBefore = (a: number, b: number) => {
    const [x, y] = [items[a], items[b]]
    return x !== undefined && y !== undefined && before(x, y)
  }
  const swapIf = (a: number, b: number) => {
    const [x, y] = [items[a], items[b]]
    if (x === undefined || y === undefined || !before(x, y)) return false
    items[a] = y
    items[b] = x
    return true
  }

  const push = (item: T) => {
    items.push(item)
    rise(items.length - 1)
  }
  for (const item of initial) push(item)
  return {
    push,
    peek: () => items[0],
    pop() {
      const first = items[0]
      const last = items.pop()
      if (last !== undefined && items.length > 0) {
        items[0] = last
        sink()
      }
      return first
    },
    get size() {
      return items.length
    },
    items: () => items,
  }
}
