/** Counts what a process costs its database: round trips, statements, and the rows that libSQL says they read. */
import type { ProcessOptions } from './gatehouse.ts'

export interface DatabaseCost {
  trips: number
  /** Statements, without the BEGIN and COMMIT of each batch. */
  statements: number
  rowsRead: number
}

export interface DatabaseMeter {
  /** Goes into a process's options. */
  fetch: NonNullable<ProcessOptions['fetch']>
  /** What the work cost. Nothing else may run meanwhile. */
  measure: <T>(work: () => Promise<T>) => Promise<{ result: T; cost: DatabaseCost }>
}

export function databaseMeter(databaseUrl: string): DatabaseMeter {
  const total: DatabaseCost = { trips: 0, statements: 0, rowsRead: 0 }
  return {
    fetch: (next) => async (input, init) => {
      const response = await next(input, init)
      if (!(input instanceof Request) || !input.url.startsWith(databaseUrl)) return response
      const answer = await response.clone().text()
      total.trips += 1
      total.statements -= 2
      for (const [, rows] of answer.matchAll(/"rows_read":(\d+)/g)) {
        total.statements += 1
        total.rowsRead += Number(rows)
      }
      return response
    },
    async measure(work) {
      const before = { ...total }
      const result = await work()
      const cost = {
        trips: total.trips - before.trips,
        statements: total.statements - before.statements,
        rowsRead: total.rowsRead - before.rowsRead,
      }
      return { result, cost }
    },
  }
}
